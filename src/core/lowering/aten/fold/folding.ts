import type { Attribute } from "../../../graph/graph.ts";
import type { KnownArray } from "./arrays.ts";

/**
 * The results of an ONNX operator, computed from known operands in float64; `undefined` where it cannot be told after all.
 * An omitted optional operand is `undefined`.
 */
export type Folding = (
  operands: readonly (KnownArray | undefined)[],
  attributes: ReadonlyMap<string, Attribute>,
) => readonly KnownArray[] | undefined;

/** An attribute of kind `int`, or what stands for it in its absence. */
export function intAttribute(attributes: ReadonlyMap<string, Attribute>, name: string, otherwise: number): number {
  const found = attributes.get(name);
  return found?.type === "int" ? found.value : otherwise;
}

/** An attribute of kind `ints`. */
export function intsAttribute(attributes: ReadonlyMap<string, Attribute>, name: string): readonly number[] | undefined {
  const found = attributes.get(name);
  return found?.type === "ints" ? found.value : undefined;
}

/** An axis counted from the front; `undefined` where there is no such. */
export function axisOf(axis: number, rank: number): number | undefined {
  const counted = axis < 0 ? axis + rank : axis;
  return Number.isInteger(counted) && counted >= 0 && counted < rank ? counted : undefined;
}
