import { attribute, type Graph, makeNode, type Node, type Program, type ValueInfo } from "../graph/graph.ts";
import type { Tap } from "../graph/tap.ts";
import { int64Tensor } from "../graph/tensor.ts";
import { poolingNodes } from "../tokens/pooling.ts";

/** A program whose outputs are Grams instead of representations. */
export interface GramProgram {
  readonly program: Program;
  /** What comes out for each tap, by tap value. */
  readonly gramOutputs: ReadonlyMap<string, GramOutputs>;
  /** Name under which the network's answers come out, n × their own axes; absent where they were not asked for. */
  readonly answers: string | undefined;
}

/** The program with the values at the taps, as float32, for its only outputs; their names by tap value. */
export function withRepresentations(
  program: Program,
  taps: readonly Tap[],
): { readonly program: Program; readonly outputs: ReadonlyMap<string, string> } {
  const outputs = new Map(taps.map(({ value }) => [value, `${prefix}${value}::float32`]));
  const pooling = poolingNodes(taps);
  const nodes = [...outputs].map(([value, output]) => toFloat32(value, output));
  const graph: Graph = {
    ...program.graph,
    nodes: [...program.graph.nodes, ...pooling.nodes, ...nodes],
    initializers: new Map([...program.graph.initializers, ...pooling.initializers]),
    outputs: [...outputs.values()].map((name) => ({ name, dtype: "float32", shape: undefined })),
  };
  return { program: { ...program, graph }, outputs };
}

/** For networks in half or double precision; on float32 the runtime drops the cast. */
function toFloat32(value: string, output: string): Node {
  return makeNode("Cast", [value], [output], { to: { type: "int", value: 1 } });
}

/** Names of what comes out for one tap. */
export interface GramOutputs {
  /** X Xᵀ of the representation, about its first sample where it was moved: n × n, float32. */
  readonly gram: string;
  /** Squared length of that sample: 1 × 1. What is left of a constant layer is rounding relative to it. */
  readonly offset: string | undefined;
}

/** Squared length of the mean, in squared deviations from it, beyond which a float32 Gram is taken about a sample. */
const farFromOrigin = 8;

/**
 * Whether samples lie so far from the origin, compared to their spread, that their Gram loses digits to cancellation:
 * about log₁₀(1 + ratio) of float32's seven.
 * @param gram n × n.
 */
export function isFarFromOrigin(gram: Float32Array, samples: number): boolean {
  let [sum, trace] = [0, 0];
  for (let i = 0; i < gram.length; i++) sum += gram[i]!;
  for (let i = 0; i < samples; i++) trace += gram[i * samples + i]!;
  const [mean, meanSquare] = [sum / samples ** 2, trace / samples];
  return mean > farFromOrigin * (meanSquare - mean);
}

export interface GramOptions {
  /** The network's own output, to come out as well. */
  readonly answer?: Tap | undefined;
  /**
   * Threads for which products of long representations are made in parts: on the CPU. 1 leaves them whole, as other
   * providers want them.
   */
  readonly threads?: number;
}

/** Prefix of every value that Likeness adds, so that none collides with the network's. */
const prefix = "likeness::";
/** Domain of the runtime's own operators. */
const microsoft = "com.microsoft";
const yes = { type: "int", value: 1 } as const;
/** Where a slice begins, ends, and along which axis. */
const zero = `${prefix}zero`;
const one = `${prefix}one`;
/** The shape that cuts features into so many parts. */
const partsShape = (count: number) => `${prefix}${count}parts`;

/** Features from which a part of a product is worth making. */
const leastPart = 2048;

/**
 * Into how many parts the features are cut for a Gram, a power of two that divides them.
 *
 * X Xᵀ of a batch is a small square from very long rows. The runtime gives each thread some of the rows on the left and has
 * it pack all of those on the right; with one part of the *features* for each thread, every number is packed once
 * (0.7 of the time at 32 samples, 0.8 at 64, 0.9 at 128).
 */
function partsOf(width: number, threads: number): number {
  let parts = 1;
  while (parts < threads && width % (2 * parts) === 0 && width / (2 * parts) >= leastPart) parts *= 2;
  return parts;
}

/**
 * Adds to a network, at each tap, `X = flatten(value)` and `X Xᵀ`, so that only n × n numbers leave the runtime and each
 * representation is freed as soon as its Gram stands. Pooled taps are pooled first.
 *
 * Moving the origin to a sample is exact for every centred measure (they do not see translations), and keeps the digits
 * that a float32 Gram about a far origin loses to cancellation ({@link isFarFromOrigin}). Where samples lie about the
 * origin, as they do at most layers, it would lose digits instead, and it costs a pass over the representation. The Grams
 * are centred in float64 in any case.
 *
 * @param moved values of the taps whose first sample becomes their origin.
 */
export function withGrams(
  program: Program,
  taps: readonly Tap[],
  moved: ReadonlySet<string>,
  { answer, threads = 1 }: GramOptions = {},
): GramProgram {
  const outputs: ValueInfo[] = [];
  const pooling = poolingNodes(answer ? [...taps, answer] : taps);
  const nodes = [...program.graph.nodes, ...pooling.nodes];
  const answers = answer && `${prefix}answers`;
  if (answer && answers) {
    const { nodes: own, value } = samplesFirst(answer, `${answers}::samplesFirst`);
    nodes.push(...own, toFloat32(value, answers));
    outputs.push({ name: answers, dtype: "float32", shape: undefined });
  }

  // ONNX Runtime takes the nodes that nothing reads, the last of the file first, and runs what each needs. With the
  // deepest layer's Gram first in the file, every Gram runs right behind the layer that feeds it, and peak memory is
  // that of a few layers; in any other order it is that of all.
  const gramOutputs = new Map<string, GramOutputs>();
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const initializers = new Map([...program.graph.initializers, ...pooling.initializers]);
  initializers.set(zero, int64Tensor([1], [0]));
  initializers.set(one, int64Tensor([1], [1]));
  for (const tap of [...taps].reverse()) {
    const parts = partsOf(tap.width, threads);
    if (parts > 1) initializers.set(partsShape(parts), int64Tensor([3], [0, parts, -1]));
    const { nodes: own, gram, offset } = gramOf(tap, makers.get(tap.value), moved.has(tap.value), parts);
    nodes.push(...own);
    gramOutputs.set(tap.value, { gram, offset });
    outputs.push({ name: gram, dtype: "float32", shape: ["n", "n"] });
    if (offset !== undefined) outputs.push({ name: offset, dtype: "float32", shape: [1, 1] });
  }

  const graph: Graph = { ...program.graph, nodes, outputs, initializers };
  const opsets = new Map([...program.opsets, [microsoft, 1] as const]);
  return { program: { ...program, graph, opsets }, gramOutputs, answers };
}

function gramOf(tap: Tap, maker: Node | undefined, isMoved: boolean, parts: number): GramOutputs & { nodes: Node[] } {
  const name = (step: string) => `${prefix}${tap.value}::${step}`;
  const order = maker?.op === "Transpose" ? attribute(maker, "perm", "ints") : undefined;
  // A Gram does not see the order of the features.
  const { nodes, value } =
    tap.sampleAxis === 0 && order?.[0] === 0
      ? { nodes: [], value: maker!.inputs[0]! }
      : samplesFirst(tap, name("samplesFirst"));
  nodes.push(
    toFloat32(value, name("float32")),
    makeNode("Flatten", [name("float32")], [name("flat")], { axis: { type: "int", value: 1 } }),
  );
  if (isMoved) {
    nodes.push(
      makeNode("Slice", [name("flat"), zero, one, zero], [name("first")]),
      makeNode("Sub", [name("flat"), name("first")], [name("moved")]),
      makeNode("ReduceSumSquare", [name("first")], [name("offset")]),
    );
  }
  const factor = name(isMoved ? "moved" : "flat");
  nodes.push(...(parts > 1 ? productInParts(factor, parts, name) : [product(factor, name)]));
  return { nodes, gram: name("gram"), offset: isMoved ? name("offset") : undefined };
}

function product(factor: string, name: (step: string) => string): Node {
  return makeNode("Gemm", [factor, factor], [name("gram")], { transB: yes });
}

/** The product as a sum of those of equal parts of the features, n × (features / parts) each, which stay where they are. */
function productInParts(factor: string, parts: number, name: (step: string) => string): Node[] {
  const attributes = { transB: yes, transBatchA: yes, transBatchB: yes };
  return [
    makeNode("Reshape", [factor, partsShape(parts)], [name("parts")]),
    { ...makeNode("FusedMatMul", [name("parts"), name("parts")], [name("products")], attributes), domain: microsoft },
    makeNode("ReduceSum", [name("products"), zero], [name("gram")], { keepdims: { type: "int", value: 0 } }),
  ];
}

/** The value at a tap with its samples along the first axis. */
function samplesFirst({ value, shape, sampleAxis }: Tap, name: string): { nodes: Node[]; value: string } {
  if (sampleAxis === 0) return { nodes: [], value };
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== sampleAxis);
  const perm = { type: "ints", value: [sampleAxis, ...others] } as const;
  return { nodes: [makeNode("Transpose", [value], [name], { perm })], value: name };
}
