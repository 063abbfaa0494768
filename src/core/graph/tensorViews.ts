import { toFloat32, toFloat64 } from "./numbers.ts";
import { type DType, dtypeBits, elementCount, type Tensor } from "./tensor.ts";

/** Tensors made of other tensors. Nothing is read before the elements are asked for. */

/** The same elements under another shape of as many. */
export function reshaped(tensor: Tensor, shape: readonly number[]): Tensor {
  if (elementCount(shape) !== elementCount(tensor.shape)) {
    throw new RangeError(`[${tensor.shape}] cannot take the shape [${shape}]`);
  }
  return { ...tensor, shape };
}

/** Axis `i` of the result is axis `axes[i]` of the tensor, as `torch.permute` and ONNX `Transpose` have it. Whole bytes only. */
export function permuted(tensor: Tensor, axes: readonly number[]): Tensor {
  const { dtype, shape } = tensor;
  const size = dtypeBits[dtype] / 8;
  const outShape = axes.map((axis) => shape[axis] ?? 1);
  return {
    dtype,
    shape: outShape,
    bytes() {
      const source = tensor.bytes();
      const target = new Uint8Array(source.length);
      const strides = stridesOf(shape);
      const steps = axes.map((axis) => (strides[axis] ?? 0) * size);
      const position = new Array<number>(outShape.length).fill(0);
      for (let out = 0, from = 0; out < target.length; out += size) {
        for (let i = 0; i < size; i++) target[out + i] = source[from + i]!;
        for (let axis = outShape.length - 1; axis >= 0; axis--) {
          from += steps[axis]!;
          position[axis]!++;
          if (position[axis]! < outShape[axis]!) break;
          from -= steps[axis]! * outShape[axis]!;
          position[axis] = 0;
        }
      }
      return target;
    },
  };
}

/** A matrix with its axes exchanged. */
export function transposed(tensor: Tensor): Tensor {
  return permuted(tensor, [1, 0]);
}

/** Positions `start … end − 1` of one axis. */
export function sliced(tensor: Tensor, axis: number, start: number, end: number): Tensor {
  const { dtype, shape } = tensor;
  const length = shape[axis] ?? 0;
  if (start < 0 || end > length || start > end) throw new RangeError(`${start}…${end} of an axis of ${length}`);
  const inner = (elementCount(shape.slice(axis + 1)) * dtypeBits[dtype]) / 8;
  const outer = elementCount(shape.slice(0, axis));
  return {
    dtype,
    shape: shape.with(axis, end - start),
    bytes() {
      const source = tensor.bytes();
      const rows = (end - start) * inner;
      const target = new Uint8Array(outer * rows);
      for (let i = 0; i < outer; i++) {
        const from = (i * length + start) * inner;
        target.set(source.subarray(from, from + rows), i * rows);
      }
      return target;
    },
  };
}

/** Tensors of one type behind one another along an axis; their other sizes are equal. */
export function concatenated(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (!first || tensors.some(({ dtype }) => dtype !== first.dtype)) throw new RangeError("tensors of several types");
  const size = dtypeBits[first.dtype] / 8;
  const shape = first.shape.with(
    axis,
    tensors.reduce((sum, each) => sum + (each.shape[axis] ?? 0), 0),
  );
  const outer = elementCount(shape.slice(0, axis));
  return {
    dtype: first.dtype,
    shape,
    bytes() {
      const target = new Uint8Array(elementCount(shape) * size);
      const row = outer === 0 ? 0 : target.length / outer;
      let filled = 0;
      for (const each of tensors) {
        const source = each.bytes();
        const part = outer === 0 ? 0 : source.length / outer;
        for (let i = 0; i < outer; i++) target.set(source.subarray(i * part, (i + 1) * part), i * row + filled);
        filled += part;
      }
      return target;
    },
  };
}

/** A float32 tensor whose elements are computed when they are asked for. */
export function computed(shape: readonly number[], elements: () => ArrayLike<number>): Tensor {
  return {
    dtype: "float32",
    shape,
    bytes: () => new Uint8Array(Float32Array.from(elements()).buffer),
  };
}

const narrow: ReadonlySet<DType> = new Set(["float16", "bfloat16", "float64", "float8e4m3fn", "float8e5m2"]);

/** The elements as float32, for weights stored in another floating-point type; any other tensor as it is. */
export function asFloat32(tensor: Tensor): Tensor {
  return narrow.has(tensor.dtype) ? computed(tensor.shape, () => toFloat32(tensor)) : tensor;
}

/** A function of the elements of tensors, computed in float64: `derived([2], [a, b], ([x, y]) => x.map((v, i) => v * y[i]!))`. */
export function derived(
  shape: readonly number[],
  tensors: readonly Tensor[],
  formula: (elements: readonly Float64Array[]) => ArrayLike<number>,
): Tensor {
  return computed(shape, () => formula(tensors.map(toFloat64)));
}

/** Elements from one position of each axis to the next, row-major. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}
