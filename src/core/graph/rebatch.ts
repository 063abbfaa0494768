import { Failure } from "../failure.ts";
import { isCompanion } from "../tokens/tokenRows.ts";
import type { Dim, Graph, Program, ValueInfo } from "./graph.ts";
import { freeBatch } from "./rebatch/freeBatch.ts";
import type { Shape } from "./shapes/value.ts";

/** A program that takes its samples along the first axis of one input. */
export interface Rebatched {
  readonly program: Program;
  /** The input that the samples go into; its first axis is theirs. */
  readonly input: ValueInfo;
  /** The other inputs, which a caller has to feed from elsewhere. */
  readonly otherInputs: readonly ValueInfo[];
  /** `free` if the program takes any number of samples at once, else the only number that it takes. */
  readonly batch: "free" | number;
  /** Why the number is not free. */
  readonly reason?: string;
}

/**
 * Makes a program take any number of samples at once, whatever batch size it was exported with. Where that cannot be
 * proven (by shape inference at two batch sizes) the program stays as it is and its own batch size is told, so that a
 * caller can run the samples in portions of it.
 *
 * @param program at the internal operator set.
 * @param sampleShape sizes of one sample, for programs whose file leaves them open.
 * @throws Failure `onnx/no-sample-input` where no input can take samples; `onnx/shape-mismatch` where the program does not
 *   take samples of that shape.
 */
export function rebatch(program: Program, sampleShape?: Shape): Rebatched {
  const input = sampleInputOf(program.graph);
  const otherInputs = program.graph.inputs.filter((other) => other !== input);
  const declared = input.shape?.[0];
  const batch = typeof declared === "number" ? declared : 1;
  const shape = sampleShape ?? knownSizes(input.shape?.slice(1));
  if (!shape) return { program, input, otherInputs, batch: typeof declared === "number" ? declared : "free" };

  // Inputs with the same first size have samples too, unless that proves wrong: states of size 1 look the same.
  const alike = otherInputs.filter((other) => other.shape?.[0] === declared && declared !== undefined);
  let reason = "";
  for (const others of alike.length > 0 && typeof declared === "number" ? [alike, []] : [alike]) {
    const shapes = new Map([[input.name, [batch, ...shape]]]);
    for (const other of others) {
      const sizes = knownSizes(other.shape);
      if (sizes) shapes.set(other.name, sizes);
    }
    const batched = new Set([input, ...others].map(({ name }) => name));
    try {
      const freed = freeBatch(program, { sampleInput: input.name, shapes, batched, batch });
      const freedInput = freed.graph.inputs.find(({ name }) => name === input.name) ?? input;
      return { program: freed, input: freedInput, otherInputs, batch: "free" };
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "onnx/fixed-batch") throw error;
      reason ||= error.message;
    }
  }
  return { program, input, otherInputs, batch, reason };
}

function knownSizes(shape: readonly Dim[] | undefined): number[] | undefined {
  const sizes = shape?.filter((size) => typeof size === "number");
  return sizes?.length === shape?.length ? sizes : undefined;
}

/**
 * The input that takes the samples: the one most like an image (float, four axes), then like a series or a row of features,
 * then like tokens; the first of equals.
 */
function sampleInputOf({ inputs }: Graph): ValueInfo {
  let best: { input: ValueInfo; score: number } | undefined;
  for (const input of inputs) {
    const score = likenessToSamples(input);
    if (score > (best?.score ?? 0)) best = { input, score };
  }
  if (best) return best.input;
  const names = inputs.map(({ name }) => `"${name}"`).join(", ") || "none";
  throw new Failure("onnx/no-sample-input", `No input of the network can take samples; its inputs are: ${names}.`, {
    hint: "A network that can be compared takes a tensor of numbers whose first axis is the samples'.",
  });
}

function likenessToSamples({ name, dtype, shape }: ValueInfo): number {
  if (dtype === undefined || dtype === "string" || dtype === "bool") return 0;
  const rank = shape?.length ?? 4;
  if (rank < 2) return 0;
  // What a decoder keeps of earlier tokens is none of the samples; a mask goes with them, whatever its type.
  if (name.startsWith("past_key_values")) return 0;
  if (isCompanion(name)) return 1;
  if (dtype.includes("float")) return [3, 5, 8, 7][Math.min(rank, 5) - 2]!;
  if (dtype === "uint8" && rank >= 4) return 6;
  return /^(input_?ids|tokens?|ids)$/i.test(name) ? 2 : 1;
}
