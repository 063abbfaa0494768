import { int } from "../../attributes.ts";
import { derived, reshaped } from "../../tensorViews.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { reshape } from "../shaping.ts";
import type { Step } from "../step.ts";

/** ONNX `BatchNormalization` with the statistics of training: a factor and an offset per channel. */
export const batchNormalization: GradientRule = (step) => {
  if (step.int("training_mode", 0) === 1) step.refuse("in training mode");
  const { graph, gradient: g } = step;
  const [x, mean] = [step.input(0), step.input(3)];
  const rank = graph.shapeOf(x).length;
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  const sum = (value: string) => graph.add("ReduceSum", [value, graph.ints(others)], { keepdims: int(0) });
  return [
    () => inputGradient(step, rank),
    () => {
      const centred = graph.add("Sub", [x, perChannel(graph, mean, rank)]);
      return graph.add("Div", [sum(graph.add("Mul", [g, centred])), deviation(step)]);
    },
    () => sum(g),
  ];
};

/** The gradient times scale / √(variance + ε); a constant where the weights are, which a convolution before can take over. */
function inputGradient(step: Step, rank: number): string {
  const { graph, gradient } = step;
  const [scale, variance] = [graph.tensorOf(step.input(1)), graph.tensorOf(step.input(4))];
  const epsilon = step.float("epsilon", 1e-5);
  if (scale?.dtype !== "float32" || variance?.dtype !== "float32") {
    const factors = graph.add("Div", [step.input(1), deviation(step)]);
    return graph.add("Mul", [gradient, perChannel(graph, factors, rank)]);
  }
  const key = `batch norm ${step.input(1)} ${step.input(4)} ${epsilon}`;
  const factors = derived(scale.shape, [scale, variance], ([a, b]) =>
    a!.map((value, channel) => value / Math.sqrt(b![channel]! + epsilon)),
  );
  const shape = [scale.shape[0]!, ...new Array<number>(rank - 2).fill(1)];
  const constant = graph.share(`${key} ${rank}`, () => reshaped(factors, shape));
  return graph.scaled(gradient, constant, { name: key, tensor: factors });
}

function deviation(step: Step): string {
  const { graph } = step;
  const variance = step.input(4);
  const epsilon = graph.floats(step.float("epsilon", 1e-5), variance);
  return graph.add("Sqrt", [graph.add("Add", [variance, epsilon])]);
}

/** A vector over the channels so that it broadcasts to a value of that rank. */
function perChannel(graph: BackwardGraph, vector: string, rank: number): string {
  const [channels = 1] = graph.shapeOf(vector);
  return reshape(graph, vector, [channels, ...new Array<number>(Math.max(rank - 2, 0)).fill(1)]);
}
