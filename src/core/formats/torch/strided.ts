import { Failure } from "../../failure.ts";
import { type DType, dtypeBits, elementCount, type Tensor } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";

/** How a tensor's elements lie in a storage, counted in elements. */
export interface StridedLayout {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** PyTorch's own limit. */
const maxRank = 64;
/** An expanded tensor repeats elements; beyond these it is taken for an attack. */
const maxExpanded = 2 ** 31;
const maxExpansion = 64;
const smallTensor = 2 ** 20;

/**
 * Holds a layout against the number of elements that its storage has.
 * @throws Failure `torch/bad-shape`, `torch/bad-offset`, `torch/tensor-out-of-storage`, `torch/expanded-tensor-too-large`.
 */
export function checkLayout({ shape, strides, offset }: Omit<StridedLayout, "dtype">, available: number): void {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (shape.length > maxRank || shape.length !== strides.length || ![...shape, ...strides].every(isCount)) {
    throw new Failure("torch/bad-shape", `A tensor has the shape [${head(shape)}] and the strides [${head(strides)}].`);
  }
  if (!isCount(offset)) throw new Failure("torch/bad-offset", `A tensor begins at element ${offset} of its storage.`);
  if (shape.includes(0)) return;
  const count = elementCount(shape);
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), offset);
  if (!(last < available)) {
    throw new Failure(
      "torch/tensor-out-of-storage",
      `A tensor of shape [${head(shape)}] needs ${last + 1} elements; its storage has ${available}.`,
      { hint: "The file is damaged: copy or save it again." },
    );
  }
  const expanded =
    count > available && (count > maxExpanded || (count > smallTensor && count > maxExpansion * available));
  if (expanded) {
    throw new Failure(
      "torch/expanded-tensor-too-large",
      `A tensor of shape [${head(shape)}] repeats the ${available} elements of its storage.`,
    );
  }
}

/** Strides of a tensor that lies row-major without gaps. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * Math.max(1, shape[axis + 1] ?? 1);
  }
  return strides;
}

/**
 * A checked layout over the little-endian bytes of a storage. Where the elements lie row-major without gaps, they are
 * read in one piece and can be mapped.
 */
export function stridedTensor(storage: ByteSource, layout: StridedLayout): Tensor {
  const { dtype, shape, offset } = layout;
  const size = dtypeBits[dtype] / 8;
  const count = elementCount(shape);
  if (count === 0) return { dtype, shape, bytes: () => new Uint8Array(0) };
  if (isContiguous(layout)) {
    return {
      dtype,
      shape,
      bytes: () => new Uint8Array(storage.read(offset * size, count * size)),
      stored: { source: storage, offset: offset * size },
    };
  }
  return { dtype, shape, bytes: () => gather(storage, layout, size) };
}

function isContiguous({ shape, strides }: StridedLayout): boolean {
  const expected = contiguousStrides(shape);
  return shape.every((length, axis) => length === 1 || strides[axis] === expected[axis]);
}

function gather(storage: ByteSource, { shape, strides, offset }: StridedLayout, size: number): Uint8Array {
  const steps = strides.map((stride) => stride * size);
  const span = shape.reduce((sum, length, axis) => sum + (length - 1) * (steps[axis] ?? 0), size);
  const source = storage.read(offset * size, span);
  const target = new Uint8Array(elementCount(shape) * size);
  const position = new Array<number>(shape.length).fill(0);
  for (let out = 0, from = 0; out < target.length; out += size) {
    for (let i = 0; i < size; i++) target[out + i] = source[from + i] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (position[axis] ?? 0) + 1;
      const length = shape[axis] ?? 1;
      from += steps[axis] ?? 0;
      position[axis] = next;
      if (next < length) break;
      from -= (steps[axis] ?? 0) * length;
      position[axis] = 0;
    }
  }
  return target;
}

/** The first sizes of a shape, which may be absurdly long. */
function head(shape: readonly number[]): string {
  return shape.length > 8 ? `${shape.slice(0, 8).join(", ")}, …` : shape.join(", ");
}
