import type { DType } from "../../graph/tensor.ts";

/** `TensorProto.DataType`, by number; 0 is `UNDEFINED`. */
const dtypes: readonly (DType | undefined)[] = [
  undefined,
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "uint4",
  "int4",
  "float4e2m1",
  "float8e8m0",
  "uint2",
  "int2",
];

/** The element type of a `TensorProto.DataType` number, or `undefined` for 0 and for numbers we do not know. */
export function dtypeOfNumber(number: number): DType | undefined {
  return dtypes[number];
}

/** The `TensorProto.DataType` number of an element type. */
export function numberOfDtype(dtype: DType): number {
  return dtypes.indexOf(dtype);
}
