import { int, ints } from "../graph/attributes.ts";
import { makeNode, type Node } from "../graph/graph.ts";
import type { Pooled, Pooling, Tap } from "../graph/tap.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../graph/tensor.ts";
import { maskRow, tokensInput } from "./tokenProgram.ts";

/** Every way of pooling, as people name it. */
export const poolings = ["cls", "mean", "last", "all"] as const satisfies readonly Pooling[];

/** What each does, for people. */
export const poolingWords: Readonly<Record<Pooling, string>> = {
  cls: "of the first token",
  mean: "mean over tokens",
  last: "of the last token",
  all: "all tokens",
};

/** What holds for networks of token ids where nobody says otherwise: it suits encoders and decoders alike. */
export const defaultPooling: Pooling = "mean";

const prefix = "likeness::pool::";
const mask = `${prefix}mask`;
const weights = `${prefix}weights`;
const last = `${prefix}last`;
/** Constants. */
const zero = `${prefix}0`;
const two = `${prefix}2`;
const twos = `${prefix}[2]`;
const ones = `${prefix}[1]`;
const one = `${prefix}1.0`;
const row = `${prefix}[${maskRow}]`;

/**
 * The tap with one row of d per sample instead of T: as it is where it does not hold one vector per token.
 * @param length T.
 */
export function pooledTap(tap: Tap, how: Pooling, length: number): Tap {
  const sizes = tap.shape.filter((size) => size !== "n");
  const [tokens, width] = sizes;
  if (how === "all" || sizes.length !== 2 || tokens !== length || width === undefined) return tap;
  const value = `${prefix}${how}::${tap.value}`;
  return { ...tap, value, shape: ["n", width], width, sampleAxis: 0, pooled: { how, from: tap } };
}

/** Nodes that make the values of pooled taps, and the constants they read. */
export interface PoolingNodes {
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
}

/** What makes the values of all pooled taps among `taps`, each once; float32. */
export function poolingNodes(taps: readonly Tap[]): PoolingNodes {
  const pooled = new Map(taps.flatMap((tap) => (tap.pooled ? [[tap.value, tap.pooled] as const] : [])));
  const ways = new Set([...pooled.values()].map(({ how }) => how));
  if (ways.size === 0) return { nodes: [], initializers: new Map() };
  const nodes = [
    ...(ways.has("mean") || ways.has("last") ? maskNodes() : []),
    ...(ways.has("mean") ? meanNodes() : []),
    ...(ways.has("last") ? lastNodes() : []),
    ...[...pooled].flatMap(([value, { how, from }]) => pool(value, how, from)),
  ];
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return { nodes, initializers: new Map([...constants].filter(([name]) => read.has(name))) };
}

const constants: ReadonlyMap<string, Tensor> = new Map([
  [zero, int64Tensor([], [0])],
  [two, int64Tensor([], [2])],
  [ones, int64Tensor([1], [1])],
  [twos, int64Tensor([1], [2])],
  [one, float32Tensor([], [1])],
  [row, int64Tensor([1], [maskRow])],
]);

function pool(value: string, how: Pooled["how"], { value: source, sampleAxis }: Tap): Node[] {
  const [moved, rows, mean] = [`${value}::samples first`, `${value}::float32`, `${value}::mean`];
  const perm = ints([sampleAxis, ...[0, 1, 2].filter((axis) => axis !== sampleAxis)]);
  const nodes = [makeNode("Transpose", [source], [moved], { perm }), makeNode("Cast", [moved], [rows], { to: int(1) })];
  switch (how) {
    case "cls":
      return [...nodes, makeNode("Gather", [rows, zero], [value], { axis: int(1) })];
    case "mean":
      // A product of 1 × T weights with T × d, so that no masked copy of the representation is made.
      return [...nodes, makeNode("MatMul", [weights, rows], [mean]), makeNode("Squeeze", [mean, ones], [value])];
    case "last":
      return [...nodes, makeNode("GatherND", [rows, last], [value], { batch_dims: int(1) })];
  }
}

/** The mask, n × 1 × T, float32: 1 where it lets a token through. */
function maskNodes(): Node[] {
  return [
    makeNode("Gather", [tokensInput, row], [`${mask}::row`], { axis: int(1) }),
    makeNode("Cast", [`${mask}::row`], [`${mask}::bool`], { to: int(9) }),
    makeNode("Cast", [`${mask}::bool`], [mask], { to: int(1) }),
  ];
}

/** Weights of the mean, n × 1 × T: zeros where the mask lets nothing through. */
function meanNodes(): Node[] {
  return [
    makeNode("ReduceSum", [mask, twos], [`${weights}::sum`]),
    makeNode("Max", [`${weights}::sum`, one], [`${weights}::divisor`]),
    makeNode("Div", [mask, `${weights}::divisor`], [weights]),
  ];
}

/** Where the last token is, n × 1: the first position at which all that the mask lets through have been counted. */
function lastNodes(): Node[] {
  return [
    makeNode("CumSum", [mask, two], [`${last}::counted`]),
    makeNode("ArgMax", [`${last}::counted`], [last], { axis: int(2), keepdims: int(0) }),
  ];
}
