import { int } from "../../graph/attributes.ts";
import { type Graph, makeNode, type Node, type Program } from "../../graph/graph.ts";
import { int64Tensor, type Tensor } from "../../graph/tensor.ts";
import { type BatchNormPoint, batchNormPoints } from "./batchNormPoints.ts";

/** A network that tells how the inputs of its batch norms are distributed within each sample of a run. */
export interface BatchNormProgram {
  /** Its only outputs are those of {@link points}. */
  readonly program: Program;
  readonly points: readonly ObservedPoint[];
}

/**
 * A point, and the names under which the mean and the variance (not corrected for the number of elements) of each sample's
 * channels come out: samples × channels.
 */
export interface ObservedPoint extends BatchNormPoint {
  readonly meanOutput: string;
  readonly varianceOutput: string;
}

/** Prefix of every value that is added. */
const prefix = "likeness::batchNorm";

/**
 * Adds to a network the mean and variance per channel of what its batch norms are given.
 *
 * @param program at the internal operator set, with its batch size as it will be run.
 * @param more points besides the batch norms that are in the graph: those that an exporter folded.
 * @returns `undefined` where there is nothing to observe.
 */
export function withBatchNormInputs(
  program: Program,
  more: readonly BatchNormPoint[] = [],
): BatchNormProgram | undefined {
  const { graph } = program;
  const points = [...batchNormPoints(program), ...more].map((point, i) => ({
    ...point,
    meanOutput: `${prefix}::${i}::mean`,
    varianceOutput: `${prefix}::${i}::variance`,
  }));
  if (points.length === 0) return undefined;
  const initializers = new Map(graph.initializers).set(pixels, int64Tensor([1], [2]));
  const nodes: Node[] = [...graph.nodes];
  // The engine walks back from the nodes that nothing reads, the last of the file first: the deepest comes first, so that
  // each is observed right behind the layer before it, and its elements can go.
  for (const point of points.toReversed()) nodes.push(...observe(point, initializers));
  const outputs = points.flatMap(({ meanOutput, varianceOutput }) =>
    [meanOutput, varianceOutput].map((name) => ({ name, dtype: "float32" as const, shape: undefined })),
  );
  const observed: Graph = { ...graph, nodes, initializers, outputs };
  return { program: { ...program, graph: observed }, points };
}

const pixels = `${prefix}::pixels`;

/** About the mean and not by squares alone, which cancel for pixels that were not normalised; along what lies together. */
function observe(point: ObservedPoint, initializers: Map<string, Tensor>): Node[] {
  const { value, mean, meanOutput, varianceOutput } = point;
  const name = (step: string): string => `${varianceOutput}::${step}`;
  const [channels = 0] = mean.shape;
  initializers.set(name("shape"), int64Tensor([3], [0, channels, -1]));
  return [
    makeNode("Cast", [value], [name("float32")], { to: int(1) }),
    makeNode("Reshape", [name("float32"), name("shape")], [name("channels")]),
    makeNode("ReduceMean", [name("channels"), pixels], [name("mean")], { keepdims: int(1) }),
    makeNode("Sub", [name("channels"), name("mean")], [name("centred")]),
    makeNode("Mul", [name("centred"), name("centred")], [name("squares")]),
    makeNode("ReduceMean", [name("squares"), pixels], [varianceOutput], { keepdims: int(0) }),
    makeNode("Squeeze", [name("mean"), pixels], [meanOutput]),
  ];
}
