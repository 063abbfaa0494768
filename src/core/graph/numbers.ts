import { bfloat16, float4e2m1, float8, float16 } from "./narrowFloats.ts";
import { byteLength, type DType, dtypeBits, elementCount, type Tensor } from "./tensor.ts";

/** The elements of tensors as JavaScript numbers, whatever type they are stored in. */

/**
 * The elements, row-major, rounded to float32. Complex numbers give pairs.
 * @throws Error for `string` tensors, which hold no numbers.
 */
export function toFloat32(tensor: Tensor): Float32Array {
  const bytes = tensor.bytes();
  if (tensor.dtype === "float32" && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, elementCount(tensor.shape));
  }
  // Pixels come by the million: the built-in conversion is five times as fast.
  if (tensor.dtype === "uint8") return new Float32Array(bytes.subarray(0, elementCount(tensor.shape)));
  return fill(new Float32Array(numberCount(tensor)), tensor, bytes);
}

/** The elements, row-major, in float64; integers beyond 2^53 are rounded. @throws Error for `string` tensors. */
export function toFloat64(tensor: Tensor): Float64Array {
  return fill(new Float64Array(numberCount(tensor)), tensor, tensor.bytes());
}

/** The elements as a list, for shapes, axes and other small tensors of integers. @throws Error for `string` tensors. */
export function toIntegers(tensor: Tensor): number[] {
  return Array.from(toFloat64(tensor), Math.trunc);
}

function numberCount(tensor: Tensor): number {
  const pairs = tensor.dtype === "complex64" || tensor.dtype === "complex128";
  return elementCount(tensor.shape) * (pairs ? 2 : 1);
}

function fill<T extends Float32Array | Float64Array>(numbers: T, tensor: Tensor, bytes: Uint8Array): T {
  if (bytes.length < byteLength(tensor)) throw new Error("a tensor gave fewer bytes than its shape needs");
  const element = reader(tensor.dtype, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  for (let i = 0; i < numbers.length; i++) numbers[i] = element(i);
  return numbers;
}

/** How to read element `i`. */
function reader(dtype: DType, view: DataView): (i: number) => number {
  switch (dtype) {
    case "float32":
    case "complex64":
      return (i) => view.getFloat32(4 * i, true);
    case "float64":
    case "complex128":
      return (i) => view.getFloat64(8 * i, true);
    case "float16":
      return (i) => float16(view.getUint16(2 * i, true));
    case "bfloat16":
      return (i) => bfloat16(view.getUint16(2 * i, true));
    case "int8":
      return (i) => view.getInt8(i);
    case "int16":
      return (i) => view.getInt16(2 * i, true);
    case "int32":
      return (i) => view.getInt32(4 * i, true);
    case "int64":
      return (i) => Number(view.getBigInt64(8 * i, true));
    case "bool":
      return (i) => (view.getUint8(i) === 0 ? 0 : 1);
    case "uint8":
      return (i) => view.getUint8(i);
    case "uint16":
      return (i) => view.getUint16(2 * i, true);
    case "uint32":
      return (i) => view.getUint32(4 * i, true);
    case "uint64":
      return (i) => Number(view.getBigUint64(8 * i, true));
    case "string":
      throw new Error("a string tensor holds no numbers");
    case "uint4":
    case "uint2":
      return (i) => packed(view, i, dtypeBits[dtype]);
    case "int4":
    case "int2":
      return (i) => signed(packed(view, i, dtypeBits[dtype]), dtypeBits[dtype]);
    case "float4e2m1":
      return (i) => float4e2m1(packed(view, i, 4));
    default:
      return (i) => float8(dtype, view.getUint8(i));
  }
}

/** Element `i` of elements narrower than a byte, the first in the lowest bits. */
function packed(view: DataView, i: number, bits: number): number {
  const perByte = 8 / bits;
  return (view.getUint8(Math.floor(i / perByte)) >> ((i % perByte) * bits)) & ((1 << bits) - 1);
}

function signed(value: number, bits: number): number {
  return value >= 1 << (bits - 1) ? value - (1 << bits) : value;
}
