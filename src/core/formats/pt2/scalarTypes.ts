import { Failure } from "../../failure.ts";
import type { DType } from "../../graph/tensor.ts";

/** `torch._export.serde.schema.ScalarType` by number, with `c10::ScalarType`'s number for the same. */
const types: ReadonlyMap<number, { readonly dtype: DType; readonly c10: number }> = new Map([
  [1, { dtype: "uint8", c10: 0 }],
  [2, { dtype: "int8", c10: 1 }],
  [3, { dtype: "int16", c10: 2 }],
  [4, { dtype: "int32", c10: 3 }],
  [5, { dtype: "int64", c10: 4 }],
  [6, { dtype: "float16", c10: 5 }],
  [7, { dtype: "float32", c10: 6 }],
  [8, { dtype: "float64", c10: 7 }],
  [10, { dtype: "complex64", c10: 9 }],
  [11, { dtype: "complex128", c10: 10 }],
  [12, { dtype: "bool", c10: 11 }],
  [13, { dtype: "bfloat16", c10: 15 }],
  [28, { dtype: "uint16", c10: 27 }],
]);

/** The element type of a number. @throws Failure `pt2/dtype`. */
export function dtypeOf(number: number): DType {
  return typeOf(number).dtype;
}

/** The number that operators know the type by. @throws Failure `pt2/dtype`. */
export function operatorTypeOf(number: number): number {
  return typeOf(number).c10;
}

function typeOf(number: number): { readonly dtype: DType; readonly c10: number } {
  const found = types.get(number);
  if (found) return found;
  throw new Failure("pt2/dtype", `It holds elements of type number ${number}, which is not known.`);
}
