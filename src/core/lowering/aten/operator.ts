import type { Arguments } from "./arguments.ts";
import type { Operand } from "./operand.ts";
import type { Size } from "./value.ts";
import type { OnnxWriter } from "./writer.ts";

/** What an operator gives back: a tensor, a list of them, a size, or nothing where a result cannot be had. */
export type Result = Operand | Size | number | boolean | null | readonly Result[];

/** How one operator is written down. */
export interface Operator {
  /** Every signature of it, the most particular first. */
  readonly signatures: readonly string[];
  readonly lower: (writer: OnnxWriter, args: Arguments) => Result;
  /**
   * How the results relate to the first argument: tensors of their own (`fresh`), the argument itself where nothing changes
   * (`alias`), or other views of its elements (`view`).
   */
  readonly results: "fresh" | "alias" | "view";
}

/** An operator whose results are tensors of their own. */
export function operator(signatures: string | readonly string[], lower: Operator["lower"]): Operator {
  return { signatures: typeof signatures === "string" ? [signatures] : signatures, lower, results: "fresh" };
}

/** An operator whose results show the elements of its first argument: writing into them writes into it. */
export function view(signatures: string | readonly string[], lower: Operator["lower"]): Operator {
  return { ...operator(signatures, lower), results: "view" };
}

/** An operator that gives its first argument back where it changes nothing. */
export function alias(signatures: string | readonly string[], lower: Operator["lower"]): Operator {
  return { ...operator(signatures, lower), results: "alias" };
}
