import type { Dim } from "../../graph/graph.ts";
import type { DType, Tensor } from "../../graph/tensor.ts";
import type { ModuleTree } from "./moduleTree.ts";

/** What a network seems to take, told by the first layer that has a weight. */
export interface SampleGuess {
  readonly dtype: DType;
  /** Sizes of a sample; symbols where any will do; `undefined` where the layer does not tell the rank. */
  readonly declared: readonly Dim[] | undefined;
  /** Sizes to try in turn. */
  readonly candidates: readonly (readonly number[])[];
  /** What the guess rests on, for people. */
  readonly reason: string;
}

/** Edges of images: of ImageNet's networks, CIFAR's, MNIST's, and others in use. */
const edges = [32, 224, 28, 64, 96, 128, 256, 299, 384, 16, 8];
/** Length of a sequence and of a signal that nothing fixes. */
const sequenceLengths = [16, 128, 512, 77];
const signalLengths = [256, 128, 1024, 4096, 16000, 64];

/** Guesses the sizes of a sample. A network's first layer need not be the first that is run; then the sizes do not fit. */
export function guessSample(tree: ModuleTree): SampleGuess | undefined {
  for (const [name, tensor] of tree.weights) {
    if (tensor.shape.length < 2 || !/(^|\.)weight(_ih_l0)?$/.test(name)) continue;
    const guess = guessFrom(name, tensor, tree);
    if (guess) return guess;
  }
  return undefined;
}

function guessFrom(name: string, tensor: Tensor, tree: ModuleTree): SampleGuess | undefined {
  const owner = tree.owners.get(name) ?? "";
  const { shape } = tensor;
  const [outputs = 1, inputs = 1] = shape;
  const where = (what: string) => `${what} in its first layer, ${name.replace(/\.?[^.]*$/, "") || name}`;
  if (/\.Embedding(Bag)?$/.test(owner)) {
    const candidates = [...sequenceLengths, ...tableLengths(tree)].map((length) => [length]);
    return { dtype: "int64", declared: ["sequence"], candidates, reason: where(`${outputs} tokens`) };
  }
  if (shape.length === 2) {
    const candidates = [...imagesOf(inputs), [inputs], [16, inputs]];
    return { dtype: "float32", declared: undefined, candidates, reason: where(`${inputs} features`) };
  }
  const channels = /\.ConvTranspose\dd$/.test(owner) ? outputs : inputs;
  const reason = where(`${channels} ${channels === 1 ? "channel" : "channels"}`);
  if (shape.length === 3) {
    const candidates = signalLengths.map((length) => [channels, length]);
    return { dtype: "float32", declared: [channels, "length"], candidates, reason };
  }
  if (shape.length === 4) {
    const candidates = imageEdges(channels, tree).map((edge) => [channels, edge, edge]);
    return { dtype: "float32", declared: [channels, "height", "width"], candidates, reason };
  }
  if (shape.length === 5) {
    const candidates = [32, 16, 64].map((edge) => [channels, 16, edge, edge]);
    return { dtype: "float32", declared: [channels, "depth", "height", "width"], candidates, reason };
  }
  return undefined;
}

/** Lengths of tables of positions, 1 × length × width. */
function tableLengths({ weights }: ModuleTree): number[] {
  return Array.from(weights.values(), ({ shape }) =>
    shape.length === 3 && shape[0] === 1 ? (shape[1] ?? 0) : 0,
  ).filter((length) => length > 1);
}

/** Images that have a number of pixels, as networks of linear layers take them. */
function imagesOf(features: number): number[][] {
  return [1, 3].flatMap((channels) => {
    const edge = Math.sqrt(features / channels);
    return Number.isInteger(edge) && edge >= 8 ? [[channels, edge, edge]] : [];
  });
}

/** ImageNet's thousand classes speak for its size, one channel for MNIST's; a size that the modules name goes first. */
function imageEdges(channels: number, tree: ModuleTree): number[] {
  const classes = Array.from(tree.weights.values()).findLast((tensor) => tensor.shape.length >= 2)?.shape[0];
  const usual = channels === 1 ? 28 : classes !== undefined && classes >= 1000 ? 224 : 32;
  return Array.from(new Set([...tree.imageSizes, usual, ...edges]));
}
