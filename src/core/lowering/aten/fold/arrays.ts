import { elementCount } from "../../../graph/tensor.ts";

/** Arrays whose elements are known while a graph is lowered, in float64 whatever their type. */

/** Floating-point types of any width are one, and so are integers. */
export type ElementKind = "float" | "int" | "bool";

export interface KnownArray {
  readonly dtype: ElementKind;
  readonly shape: readonly number[];
  /** Row-major; 0 and 1 for booleans. Nobody writes into it. */
  readonly data: Float64Array;
}

/** No array of more elements is computed while lowering. */
export const mostElements = 2 ** 24;

/** Thrown where an array would be too large, caught where foldings are called: the operator is left to the engine. */
export const tooLarge: unique symbol = Symbol("too large");

/** Room for the elements of a shape. */
export function elementsFor(shape: readonly number[]): Float64Array {
  const count = elementCount(shape);
  // A size that is none makes the operator one that the engine refuses, too.
  if (!(count <= mostElements) || !shape.every((size) => Number.isInteger(size) && size >= 0)) throw tooLarge;
  return new Float64Array(count);
}

/** An array of one element without axes. */
export function scalarArray(dtype: ElementKind, value: number): KnownArray {
  return { dtype, shape: [], data: Float64Array.of(value) };
}

/** A list of integers. */
export function intArray(values: readonly number[]): KnownArray {
  return { dtype: "int", shape: [values.length], data: Float64Array.from(values) };
}

/** Elements from one position of each axis to the next, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Positions in `data` that a strided view of `shape` visits, row-major. */
export function* positions(shape: readonly number[], strides: readonly number[], offset = 0): Generator<number> {
  const count = elementCount(shape);
  const index = new Array<number>(shape.length).fill(0);
  for (let done = 0, at = offset; done < count; done++) {
    yield at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** The elements of a strided view, row-major: transposed, cut, repeated (stride 0). */
export function picked(
  data: Float64Array,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Float64Array {
  const result = elementsFor(shape);
  let out = 0;
  for (const at of positions(shape, strides, offset)) result[out++] = data[at]!;
  return result;
}

/** The elements of an array repeated to a shape that it broadcasts to. */
export function broadcastTo(array: KnownArray, shape: readonly number[]): Float64Array {
  if (array.data.length === elementCount(shape)) return array.data;
  const own = stridesOf(array.shape);
  const ahead = shape.length - array.shape.length;
  const strides = shape.map((_, axis) => (axis < ahead || array.shape[axis - ahead] === 1 ? 0 : own[axis - ahead]!));
  return picked(array.data, shape, strides);
}

/** The shape that shapes broadcast to; `undefined` where they do not fit. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (const [i, size] of shape.entries()) {
      const axis = rank - shape.length + i;
      if (size !== 1 && result[axis] !== 1 && result[axis] !== size) return undefined;
      if (size !== 1) result[axis] = size;
    }
  }
  return result;
}
