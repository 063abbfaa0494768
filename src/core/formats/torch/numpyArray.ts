import { toFloat64 } from "../../graph/numbers.ts";
import { type DType, dtypeBits, elementCount, type Tensor } from "../../graph/tensor.ts";
import { byteRange } from "../byteRange.ts";
import { numpyDTypes } from "../npy.ts";
import { PickleBytes, PickleObject, type PickleValue } from "./pickleValues.ts";
import { contiguousStrides, stridedTensor } from "./strided.ts";

const dtypes: ReadonlyMap<string, DType> = new Map<string, DType>([
  ...numpyDTypes,
  ["c8", "complex64"],
  ["c16", "complex128"],
]);

const maxRank = 64;
const reconstruct = /^numpy\.(core|_core)\.multiarray\._reconstruct$/;

/** A NumPy array as it was pickled: `_reconstruct` and the state `(1, shape, dtype, fortran order, bytes)`. */
export function numpyTensor(value: PickleValue): Tensor | undefined {
  if (!(value instanceof PickleObject) || !reconstruct.test(value.className) || !Array.isArray(value.state)) {
    return undefined;
  }
  const [, sizes, descr, fortranOrder, data] = value.state;
  const element = numpyElement(descr);
  if (element === undefined || !Array.isArray(sizes) || sizes.length > maxRank || !(data instanceof PickleBytes)) {
    return undefined;
  }
  const shape = sizes.map((size) => (typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : -1));
  const size = dtypeBits[element.dtype] / 8;
  if (shape.includes(-1) || elementCount(shape) * size !== data.length) return undefined;
  const strides = fortranOrder === true ? contiguousStrides(shape.toReversed()).reverse() : contiguousStrides(shape);
  const storage = byteRange(data.source, data.source.name, data.offset, data.length);
  const tensor = stridedTensor(storage, { dtype: element.dtype, shape, strides, offset: 0 });
  return element.bigEndian ? swapped(tensor, element.swap) : tensor;
}

/** A NumPy scalar from its dtype and bytes, as a number. */
export function numpyScalar(
  descr: PickleValue | undefined,
  data: PickleValue | undefined,
): number | boolean | undefined {
  const element = numpyElement(descr);
  if (element === undefined || !(data instanceof PickleBytes)) return undefined;
  const { dtype } = element;
  if (dtype.startsWith("complex") || data.length !== dtypeBits[dtype] / 8) return undefined;
  const stored: Tensor = { dtype, shape: [], bytes: () => data.read() };
  const [number] = toFloat64(element.bigEndian ? swapped(stored, element.swap) : stored);
  return dtype === "bool" ? number !== 0 : number;
}

interface NumpyElement {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  /** Bytes that are in reverse where it is big-endian: half an element for complex numbers. */
  readonly swap: number;
}

/** A `numpy.dtype`: its name among the arguments, its byte order in the state. */
function numpyElement(value: PickleValue | undefined): NumpyElement | undefined {
  if (!(value instanceof PickleObject) || value.className !== "numpy.dtype") return undefined;
  const [name] = value.args;
  const dtype = typeof name === "string" ? dtypes.get(name) : undefined;
  if (dtype === undefined) return undefined;
  const size = dtypeBits[dtype] / 8;
  const bigEndian = Array.isArray(value.state) && value.state[1] === ">";
  return { dtype, bigEndian, swap: dtype.startsWith("complex") ? size / 2 : size };
}

function swapped({ dtype, shape, bytes }: Tensor, unit: number): Tensor {
  return {
    dtype,
    shape,
    bytes() {
      const all = bytes();
      for (let i = 0; i < all.length; i += unit) all.subarray(i, i + unit).reverse();
      return all;
    },
  };
}
