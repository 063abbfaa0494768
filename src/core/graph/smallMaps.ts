import { int, ints } from "./attributes.ts";
import { attribute, type Dim, type Graph, makeNode, type Node, type Program } from "./graph.ts";
import type { Value } from "./shapes/value.ts";
import { inferShapes } from "./shapes.ts";
import { int64Tensor, type Tensor } from "./tensor.ts";

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
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Rows above and columns to the left that are read as zeros. */
  readonly before: readonly number[];
}

/**
 * The program with each convolution of many channels over a small map as one product of matrices: the taps of all places of
 * all samples, gathered, times the filters. Every value keeps its name.
 *
 * @param shapes of the inputs; a symbol is the batch.
 */
export function withSmallMaps(program: Program, shapes: ReadonlyMap<string, readonly Dim[]>): Program {
  const { graph } = program;
  if (!graph.nodes.some((node) => weightsOf(graph, node))) return program;
  // Maps are the same at any batch.
  const sizes = [...shapes].map(
    ([name, dims]) => [name, dims.map((dim) => (typeof dim === "number" ? dim : 1))] as const,
  );
  const values = inferShapes(program, new Map(sizes));
  const products = new Products(graph.initializers);
  const nodes = graph.nodes.flatMap((node) => {
    const map = smallMap(graph, node, values);
    return map ? products.nodesOf(map) : [node];
  });
  return { ...program, graph: { ...graph, nodes, initializers: products.initializers } };
}

/** The filters of a convolution over images, as far as a product of matrices would gain from them. */
function weightsOf(graph: Graph, node: Node): Tensor | undefined {
  if (node.op !== "Conv" || node.domain !== "" || (attribute(node, "group", "int") ?? 1) !== 1) return undefined;
  if ((attribute(node, "auto_pad", "string") ?? "NOTSET") !== "NOTSET") return undefined;
  const weights = graph.initializers.get(node.inputs[1] ?? "");
  if (weights?.dtype !== "float32" || weights.shape.length !== 4) return undefined;
  const [filters, channels, height, width] = sizesOf(weights);
  return Math.min(filters, channels) >= leastChannels && height * width > 1 ? weights : undefined;
}

/** Filters, channels, rows and columns. */
function sizesOf({ shape }: Tensor): readonly [number, number, number, number] {
  const [filters = 0, channels = 0, height = 0, width = 0] = shape;
  return [filters, channels, height, width];
}

function smallMap(graph: Graph, node: Node, values: ReadonlyMap<string, Value>): SmallMap | undefined {
  const weights = weightsOf(graph, node);
  const from = values.get(node.inputs[0] ?? "")?.shape?.slice(1);
  const to = values.get(node.outputs[0] ?? "")?.shape?.slice(1);
  if (!weights || !isMap(from) || !isMap(to) || to[1] * to[2] > mostPlaces) return undefined;
  return {
    node,
    weights,
    from,
    to,
    strides: attribute(node, "strides", "ints") ?? [1, 1],
    dilations: attribute(node, "dilations", "ints") ?? [1, 1],
    before: attribute(node, "pads", "ints") ?? [0, 0, 0, 0],
  };
}

function isMap(shape: readonly number[] | undefined): shape is readonly [number, number, number] {
  return shape?.length === 3;
}

/** Writes the products, with the constants and the turned filters that they share. */
class Products {
  readonly initializers: Map<string, Tensor>;
  readonly #turned = new Set<string>();

  constructor(initializers: ReadonlyMap<string, Tensor>) {
    this.initializers = new Map(initializers);
  }

  nodesOf(map: SmallMap): readonly Node[] {
    const { node, from, to, weights } = map;
    const [x = "", w = "", bias] = node.inputs;
    const y = node.outputs[0] ?? "";
    const [filters, channels, height, width] = sizesOf(weights);
    const name = (what: string) => `${prefix}${y}::${what}`;
    return [
      ...this.#turnedFilters(w, weights),
      // Four axes in both transpositions: the runtime then lets one undo the other across what works on each number by itself.
      makeNode("Transpose", [x], [name("channelsLast")], { perm: ints([0, 2, 3, 1]) }),
      makeNode("Reshape", [name("channelsLast"), this.#numbers([0, from[1] * from[2], channels])], [name("places")]),
      // One place of zeros, for all that lies beyond the map.
      makeNode("Pad", [name("places"), this.#numbers([0, 0, 0, 0, 1, 0])], [name("padded")]),
      makeNode("Gather", [name("padded"), this.#numbers(tapsOf(map))], [name("taps")], { axis: int(1) }),
      makeNode("Reshape", [name("taps"), this.#numbers([-1, height * width * channels])], [name("matrix")]),
      makeNode("Gemm", [name("matrix"), turnedName(w), ...(bias ? [bias] : [])], [name("product")], {}, node.name),
      makeNode("Reshape", [name("product"), this.#numbers([-1, to[1], to[2], filters])], [name("map")]),
      makeNode("Transpose", [name("map")], [y], { perm: ints([0, 3, 1, 2]) }),
    ];
  }

  /** Filters M × C × kernel as a matrix: taps · C × M. The runtime turns them once, when it loads the program. */
  #turnedFilters(name: string, weights: Tensor): readonly Node[] {
    if (this.#turned.has(name)) return [];
    this.#turned.add(name);
    const [filters, channels, height, width] = sizesOf(weights);
    const own = turnedName(name);
    const taps = height * width;
    return [
      makeNode("Reshape", [name, this.#numbers([filters, channels, taps])], [`${own}::flat`]),
      makeNode("Transpose", [`${own}::flat`], [`${own}::taps`], { perm: ints([2, 1, 0]) }),
      makeNode("Reshape", [`${own}::taps`, this.#numbers([taps * channels, filters])], [own]),
    ];
  }

  /** A constant vector of whole numbers. */
  #numbers(numbers: readonly number[]): string {
    const name = `${prefix}${numbers.join(" ")}`;
    this.initializers.set(name, int64Tensor([numbers.length], numbers));
    return name;
  }
}

function turnedName(weights: string): string {
  return `${prefix}${weights}::filters`;
}

/** Positions that each place reads, tap by tap; the one behind the last is that of the zeros. */
function tapsOf({ from, to, weights, strides, dilations, before }: SmallMap): readonly number[] {
  const [, rows, columns] = from;
  const [, , height, width] = sizesOf(weights);
  const taken: number[] = [];
  for (let place = 0; place < to[1] * to[2]; place++) {
    const top = Math.floor(place / to[2]) * strides[0]! - before[0]!;
    const left = (place % to[2]) * strides[1]! - before[1]!;
    for (let tap = 0; tap < height * width; tap++) {
      const row = top + Math.floor(tap / width) * dilations[0]!;
      const column = left + (tap % width) * dilations[1]!;
      const isInside = row >= 0 && row < rows && column >= 0 && column < columns;
      taken.push(isInside ? row * columns + column : rows * columns);
    }
  }
  return taken;
}
