import type { Program } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";

/** A value of a network of which a checkpoint says how its channels (axis 1) are distributed over the training data. */
export interface BatchNormPoint {
  /** Path of the batch norm's module where the file knows it, else its node's name. */
  readonly name: string;
  /** In the graph. */
  readonly value: string;
  /** Mean and variance of each channel in training. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** The inputs of a network's batch norms, in the order of the graph, with the statistics that those keep. */
export function batchNormPoints({ graph }: Program): readonly BatchNormPoint[] {
  const points: BatchNormPoint[] = [];
  const seen = new Set<string>();
  for (const { name, op, inputs } of graph.nodes) {
    const [value = "", , , meanName = "", varianceName = ""] = inputs;
    const mean = graph.initializers.get(meanName);
    const variance = graph.initializers.get(varianceName);
    if (op !== "BatchNormalization" || !mean || !variance || mean.shape.length !== 1) continue;
    if (seen.has(`${value} ${meanName}`)) continue;
    seen.add(`${value} ${meanName}`);
    points.push({ name: meanName.replace(/\.running_mean$/, "") || name, value, mean, variance });
  }
  return points;
}
