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

/** Prefix of every value that Likeness adds, so that none collides with the network's. */
const prefix = "likeness::";
/** Where a slice begins, ends, and along which axis. */
const zero = `${prefix}zero`;
const one = `${prefix}one`;

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
 * @param answer the network's own output, to come out as well.
 */
export function withGrams(
  program: Program,
  taps: readonly Tap[],
  moved: ReadonlySet<string>,
  answer?: Tap,
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
  for (const tap of [...taps].reverse()) {
    const { nodes: own, gram, offset } = gramOf(tap, makers.get(tap.value), moved.has(tap.value));
    nodes.push(...own);
    gramOutputs.set(tap.value, { gram, offset });
    outputs.push({ name: gram, dtype: "float32", shape: ["n", "n"] });
    if (offset !== undefined) outputs.push({ name: offset, dtype: "float32", shape: [1, 1] });
  }

  const initializers = new Map([...program.graph.initializers, ...pooling.initializers]);
  initializers.set(zero, int64Tensor([1], [0]));
  initializers.set(one, int64Tensor([1], [1]));
  const graph: Graph = { ...program.graph, nodes, outputs, initializers };
  return { program: { ...program, graph }, gramOutputs, answers };
}

function gramOf(tap: Tap, maker: Node | undefined, isMoved: boolean): GramOutputs & { nodes: Node[] } {
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
  nodes.push(makeNode("Gemm", [factor, factor], [name("gram")], { transB: { type: "int", value: 1 } }));
  return { nodes, gram: name("gram"), offset: isMoved ? name("offset") : undefined };
}

/** The value at a tap with its samples along the first axis. */
function samplesFirst({ value, shape, sampleAxis }: Tap, name: string): { nodes: Node[]; value: string } {
  if (sampleAxis === 0) return { nodes: [], value };
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== sampleAxis);
  const perm = { type: "ints", value: [sampleAxis, ...others] } as const;
  return { nodes: [makeNode("Transpose", [value], [name], { perm })], value: name };
}
