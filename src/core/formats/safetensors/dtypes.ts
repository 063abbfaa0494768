import { type DType, dtypeBits } from "../../graph/tensor.ts";

/** How a type of the format is held: as one of ours, or by name alone where elements cannot be told apart. */
export interface SafetensorsType {
  /** Absent for types of which no writer says how their bits are packed. */
  readonly dtype?: DType;
  /** Bits of one element. */
  readonly bits: number;
}

/** `Dtype` of the format's reference implementation, by its names. */
const types: ReadonlyMap<string, SafetensorsType> = new Map<string, SafetensorsType>([
  ["BOOL", known("bool")],
  ["F4", known("float4e2m1")],
  ["F6_E2M3", { bits: 6 }],
  ["F6_E3M2", { bits: 6 }],
  ["U8", known("uint8")],
  ["I8", known("int8")],
  ["F8_E5M2", known("float8e5m2")],
  ["F8_E4M3", known("float8e4m3fn")],
  ["F8_E8M0", known("float8e8m0")],
  ["F8_E4M3FNUZ", known("float8e4m3fnuz")],
  ["F8_E5M2FNUZ", known("float8e5m2fnuz")],
  ["I16", known("int16")],
  ["U16", known("uint16")],
  ["F16", known("float16")],
  ["BF16", known("bfloat16")],
  ["I32", known("int32")],
  ["U32", known("uint32")],
  ["F32", known("float32")],
  ["C64", known("complex64")],
  ["F64", known("float64")],
  ["I64", known("int64")],
  ["U64", known("uint64")],
]);

/** The type of a name, or `undefined` for one that the format does not have. */
export function safetensorsType(name: string): SafetensorsType | undefined {
  return types.get(name);
}

function known(dtype: DType): SafetensorsType {
  return { dtype, bits: dtypeBits[dtype] };
}
