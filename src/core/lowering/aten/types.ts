import type { ElementKind } from "./fold/arrays.ts";
import type { OnnxWriter } from "./writer.ts";

/** `c10::ScalarType` by number: the integers, the floating-point types, and bool; complex and quantised ones are missing. */
const kinds: ReadonlyMap<number, ElementKind> = new Map([
  ...[0, 1, 2, 3, 4, 27, 28, 29].map((type) => [type, "int"] as const),
  ...[5, 6, 7, 15].map((type) => [type, "float"] as const),
  [11, "bool"],
]);

/** The kind of elements that a `c10::ScalarType` number names. @throws Failure `…/unsupported-op`. */
export function elementKind(w: OnnxWriter, type: number): ElementKind {
  const kind = kinds.get(type);
  if (kind) return kind;
  throw w.unsupported(
    `elements of type ${type === 9 || type === 10 ? "complex" : `number ${type}`} are not understood`,
  );
}

/** The number that stands for a kind, in the width that PyTorch takes by default. */
export const scalarTypes: Readonly<Record<ElementKind, number>> = { float: 6, int: 4, bool: 11 };
