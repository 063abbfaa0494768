import { sampleValue } from "../../tokens/tokenProgram.ts";
import type { Node, Program } from "../graph.ts";
import type { Shape } from "../shapes/value.ts";
import { inferShapes } from "../shapes.ts";
import type { DType } from "../tensor.ts";
import { dependentValues, type Wiring } from "./wiring.ts";

/** A value at which a representation can be read. */
export interface Candidate {
  readonly value: string;
  readonly node: Node;
  /** The samples' axis is `"n"`. */
  readonly shape: readonly ("n" | number)[];
  readonly sampleAxis: number;
}

/** Two batch sizes at which shapes are inferred; what differs as they do is the samples' axis. Primes: few sizes equal them. */
const batchSizes = [7, 11] as const;

const floats: ReadonlySet<DType | undefined> = new Set<DType | undefined>([
  "float32",
  "float64",
  "float16",
  "bfloat16",
]);

/** Operators that hand on the numbers of their first input, at most rounded or in another order within each sample. */
const transparentOps: ReadonlySet<string> = new Set(
  "Identity Cast CastLike Dropout QuantizeLinear DequantizeLinear Reshape Flatten Squeeze Unsqueeze Transpose".split(
    " ",
  ),
);

/** Whether a node's output is its first input in another guise. */
export function isTransparent({ op, inputs }: Node): boolean {
  return transparentOps.has(op) || (op === "Concat" && inputs.length === 1);
}

/**
 * Every value that depends on the samples, is floating point and has an axis for them, in topological order: all that can
 * be a tap. Left out are values that repeat another tap (identities, casts, mere changes of shape: every measure that we
 * have gives the same number), and those whose samples are merged with another axis, where the order of merging cannot be
 * proven from the sizes.
 *
 * @param sampleShape sizes of one sample, without the samples' axis, which is the input's first.
 * @param batch the only batch size that the program takes, or `free`.
 */
export function candidatesOf(
  program: Program,
  wiring: Wiring,
  sampleInput: string,
  sampleShape: Shape,
  batch: "free" | number,
): readonly Candidate[] {
  const sizes = batch === "free" ? batchSizes : ([batch, batch] as const);
  const [small, large] = sizes.map((n) => inferShapes(program, new Map([[sampleInput, [n, ...sampleShape]]])));
  const dependent = dependentValues(program.graph, sampleValue(sampleInput));
  const represented = new Set([sampleInput]);
  const candidates: Candidate[] = [];
  for (const node of program.graph.nodes) {
    for (const [index, value] of node.outputs.entries()) {
      if (!dependent.has(value) || !wiring.isUsed(value)) continue;
      const repeats = index === 0 && isTransparent(node) && represented.has(node.inputs[0] ?? "");
      if (repeats) represented.add(value);
      const { dtype, shape } = small!.get(value) ?? {};
      const axis = sampleAxisOf(shape, large!.get(value)?.shape, sizes);
      // The network's output is a tap even where it repeats another.
      if ((repeats && value !== wiring.graph.outputs[0]?.name) || !shape || axis === undefined || !floats.has(dtype))
        continue;
      represented.add(value);
      candidates.push({ value, node, sampleAxis: axis, shape: shape.map((size, i) => (i === axis ? "n" : size)) });
    }
  }
  return candidates;
}

/** The axis that has exactly as many elements as there are samples, all other sizes being the same. */
function sampleAxisOf(small: Shape | undefined, large: Shape | undefined, [n, m]: readonly [number, number]) {
  if (!small || !large || small.length !== large.length) return undefined;
  // A program of one fixed batch size is read where everyone expects the samples.
  if (n === m) return small[0] === n ? 0 : undefined;
  const axis = small.findIndex((size, i) => size === n && large[i] === m);
  const othersAgree = small.every((size, i) => i === axis || size === large[i]);
  return axis >= 0 && othersAgree ? axis : undefined;
}
