import { int, ints } from "../attributes.ts";
import { attribute, type Dim, type Graph, makeNode, type Node, type Program } from "../graph.ts";
import { toFloat32 } from "../numbers.ts";
import type { Value } from "../shapes/value.ts";
import { inferShapes } from "../shapes.ts";
import { readsOf } from "../taps/wiring.ts";
import { elementCount, int64Tensor, type Tensor } from "../tensor.ts";
import { computed } from "../tensorViews.ts";

/**
 * Places of a map up to which a product of matrices is faster than the runtime's convolution, and channels from which on.
 * Its kernels work along the rows of a map: over 4 × 4 places they reach half of their speed, over 2 × 2 a third.
 */
const [mostPlaces, leastChannels] = [16, 64];

/** Prefix of every value that is added. */
const prefix = "likeness::map::";

/** A convolution over a small map, with everything that its product needs. */
interface SmallMap {
  readonly node: Node;
  readonly weights: Tensor;
  /** Channels, rows and columns of what is read and of what comes out. */
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Rows above and columns to the left that are read as zeros. */
  readonly before: readonly number[];
}

/**
 * The program with each convolution of many channels over a small map as one product of matrices: the taps of all places of
 * all samples, gathered, times the filters.
 *
 * @param shapes of the inputs; a symbol is the batch.
 */
export function withSmallMaps(program: Program, shapes: ReadonlyMap<string, readonly Dim[]>): Program {
  const { graph } = program;
  // Maps are the same at any batch.
  const sizes = [...shapes].map(
    ([name, dims]) => [name, dims.map((dim) => (typeof dim === "number" ? dim : 1))] as const,
  );
  const values = inferShapes(program, new Map(sizes));
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.flatMap((node) => {
    const map = smallMap(graph, node, values);
    return map ? asProduct(map, initializers) : [node];
  });
  const read = new Set(nodes.flatMap((node) => [...readsOf(node)]));
  for (const name of initializers.keys()) if (!read.has(name)) initializers.delete(name);
  return { ...program, graph: { ...graph, nodes, initializers } };
}

function smallMap(graph: Graph, node: Node, values: ReadonlyMap<string, Value>): SmallMap | undefined {
  const [x = "", w = ""] = node.inputs;
  const weights = graph.initializers.get(w);
  const from = values.get(x)?.shape?.slice(1);
  const to = values.get(node.outputs[0] ?? "")?.shape?.slice(1);
  if (node.op !== "Conv" || node.domain !== "" || weights?.dtype !== "float32" || weights.shape.length !== 4) return;
  if (!isMap(from) || !isMap(to) || (attribute(node, "group", "int") ?? 1) !== 1) return;
  if ((attribute(node, "auto_pad", "string") ?? "NOTSET") !== "NOTSET") return;
  const kernel = [weights.shape[2]!, weights.shape[3]!] as const;
  const isPointwise = kernel[0] * kernel[1] === 1;
  if (isPointwise || to[1] * to[2] > mostPlaces || Math.min(from[0], to[0]) < leastChannels) return;
  return {
    node,
    weights,
    from,
    to,
    kernel,
    strides: attribute(node, "strides", "ints") ?? [1, 1],
    dilations: attribute(node, "dilations", "ints") ?? [1, 1],
    before: attribute(node, "pads", "ints") ?? [0, 0, 0, 0],
  };
}

function isMap(shape: readonly number[] | undefined): shape is readonly [number, number, number] {
  return shape?.length === 3;
}

function asProduct(map: SmallMap, initializers: Map<string, Tensor>): readonly Node[] {
  const { node, from, to } = map;
  const [x = "", w = "", bias] = node.inputs;
  const y = node.outputs[0] ?? "";
  const [places, positions] = [to[1] * to[2], from[1] * from[2]];
  const name = (what: string) => `${prefix}${y}::${what}`;
  const constant = (what: string, tensor: Tensor): string => {
    initializers.set(name(what), tensor);
    return name(what);
  };
  const shape = (what: string, sizes: readonly number[]) => constant(what, int64Tensor([sizes.length], sizes));
  const filters = `${prefix}${w}::filters`;
  initializers.set(filters, matrixOf(map));
  const taps = map.kernel[0] * map.kernel[1] * from[0];
  return [
    makeNode("Reshape", [x, shape("flat", [0, from[0], positions])], [name("channels")]),
    makeNode("Transpose", [name("channels")], [name("places")], { perm: ints([0, 2, 1]) }),
    // One place of zeros, for all that lies beyond the map.
    makeNode("Pad", [name("places"), shape("beyond", [0, 0, 0, 0, 1, 0])], [name("padded")]),
    makeNode("Gather", [name("padded"), constant("taken", tapsOf(map))], [name("taps")], { axis: int(1) }),
    makeNode("Reshape", [name("taps"), shape("rows", [-1, taps])], [name("matrix")]),
    makeNode("Gemm", [name("matrix"), filters, ...(bias ? [bias] : [])], [name("product")], {}, node.name),
    makeNode("Reshape", [name("product"), shape("apart", [-1, places, to[0]])], [name("samples")]),
    makeNode("Transpose", [name("samples")], [name("turned")], { perm: ints([0, 2, 1]) }),
    makeNode("Reshape", [name("turned"), shape("map", [-1, ...to])], [y]),
  ];
}

/** Positions that each place reads, tap by tap; the one behind the last is that of the zeros. */
function tapsOf({ from, to, kernel, strides, dilations, before }: SmallMap): Tensor {
  const [, height, width] = from;
  const taken: number[] = [];
  for (let place = 0; place < to[1] * to[2]; place++) {
    const [top, left] = [
      Math.floor(place / to[2]) * strides[0]! - before[0]!,
      (place % to[2]) * strides[1]! - before[1]!,
    ];
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      const row = top + Math.floor(tap / kernel[1]) * dilations[0]!;
      const column = left + (tap % kernel[1]) * dilations[1]!;
      const isInside = row >= 0 && row < height && column >= 0 && column < width;
      taken.push(isInside ? row * width + column : height * width);
    }
  }
  return int64Tensor([taken.length], taken);
}

/** Filters M × C × kernel as a matrix: taps · C × M. */
function matrixOf({ weights }: SmallMap): Tensor {
  const [filters = 1, channels = 1, ...kernel] = weights.shape;
  const taps = elementCount(kernel);
  return computed([taps * channels, filters], () => {
    const from = toFloat32(weights);
    const to = new Float32Array(from.length);
    let at = 0;
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let filter = 0; filter < filters; filter++) to[at++] = from[(filter * channels + channel) * taps + tap]!;
      }
    }
    return to;
  });
}
