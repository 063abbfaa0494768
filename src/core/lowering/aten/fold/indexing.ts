import { elementCount } from "../../../graph/tensor.ts";
import { elementsFor, type KnownArray, stridesOf } from "./arrays.ts";
import { axisOf, type Folding, intAttribute, intsAttribute } from "./folding.ts";

const gather: Folding = ([x, indices], attributes) => {
  const axis = x && axisOf(intAttribute(attributes, "axis", 0), x.shape.length);
  if (!x || !indices || axis === undefined) return undefined;
  const length = x.shape[axis]!;
  const inner = elementCount(x.shape.slice(axis + 1));
  const outer = elementCount(x.shape.slice(0, axis));
  const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
  const data = elementsFor(shape);
  let out = 0;
  for (let i = 0; i < outer; i++) {
    for (const index of indices.data) {
      const from = (i * length + counted(index, length)) * inner;
      data.set(x.data.subarray(from, from + inner), out);
      out += inner;
    }
  }
  return [{ dtype: x.dtype, shape, data }];
};

const gatherElements: Folding = ([x, indices], attributes) => {
  const axis = x && axisOf(intAttribute(attributes, "axis", 0), x.shape.length);
  if (!x || !indices || axis === undefined) return undefined;
  const at = elementPositions(x.shape, indices, axis);
  return [{ dtype: x.dtype, shape: indices.shape, data: Float64Array.from(at, (from) => x.data[from]!) }];
};

const scatterElements: Folding = ([x, indices, updates], attributes) => {
  const axis = x && axisOf(intAttribute(attributes, "axis", 0), x.shape.length);
  if (!x || !indices || !updates || axis === undefined || attributes.has("reduction")) return undefined;
  const data = x.data.slice();
  for (const [i, to] of elementPositions(x.shape, indices, axis).entries()) data[to] = updates.data[i]!;
  return [{ ...x, data }];
};

/** Where `GatherElements` reads: the index array's own position, but for one axis. */
function elementPositions(shape: readonly number[], indices: KnownArray, axis: number): number[] {
  const strides = stridesOf(shape);
  const own = stridesOf(indices.shape);
  return Array.from(indices.data, (index, i) =>
    strides.reduce((sum, stride, k) => {
      const at = k === axis ? counted(index, shape[k]!) : Math.floor(i / own[k]!) % indices.shape[k]!;
      return sum + at * stride;
    }, 0),
  );
}

/** Rows named by the last axis of `indices`, without batch axes. */
const gatherND: Folding = ([x, indices]) => {
  const rows = x && indices && rowsOf(x, indices);
  if (!x || !indices || !rows) return undefined;
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(indices.shape.at(-1)!)];
  const data = elementsFor(shape);
  for (const [i, from] of rows.starts.entries()) data.set(x.data.subarray(from, from + rows.length), i * rows.length);
  return [{ dtype: x.dtype, shape, data }];
};

const scatterND: Folding = ([x, indices, updates], attributes) => {
  const rows = x && indices && rowsOf(x, indices);
  if (!x || !updates || !rows) return undefined;
  const reduction = attributes.get("reduction");
  const adds = reduction?.type === "string" && reduction.value === "add";
  const data = x.data.slice();
  for (const [i, to] of rows.starts.entries()) {
    for (let k = 0; k < rows.length; k++) {
      data[to + k] = (adds ? data[to + k]! : 0) + updates.data[i * rows.length + k]!;
    }
  }
  return [{ ...x, data }];
};

function rowsOf(x: KnownArray, indices: KnownArray): { starts: number[]; length: number } | undefined {
  const depth = indices.shape.at(-1) ?? 0;
  if (depth > x.shape.length) return undefined;
  const strides = stridesOf(x.shape);
  const count = depth === 0 ? elementCount(indices.shape.slice(0, -1)) : indices.data.length / depth;
  const starts = Array.from({ length: count }, (_, row) => {
    let at = 0;
    for (let k = 0; k < depth; k++) at += counted(indices.data[row * depth + k]!, x.shape[k]!) * strides[k]!;
    return at;
  });
  return { starts, length: elementCount(x.shape.slice(depth)) };
}

const nonZero: Folding = ([x]) => {
  if (!x) return undefined;
  const found: number[] = [];
  x.data.forEach((e, i) => {
    if (e !== 0) found.push(i);
  });
  const strides = stridesOf(x.shape);
  const data = Float64Array.from(
    strides.flatMap((stride, axis) => found.map((i) => Math.floor(i / stride) % x.shape[axis]!)),
  );
  return [{ dtype: "int", shape: [x.shape.length, found.length], data }];
};

const cumSum: Folding = ([x, axisOperand]) => {
  const axis = x && axisOf(axisOperand?.data[0] ?? 0, x.shape.length);
  if (!x || axis === undefined) return undefined;
  const [length, inner] = [x.shape[axis]!, elementCount(x.shape.slice(axis + 1))];
  const data = x.data.slice();
  for (let i = 0; i < data.length; i++) if (Math.floor(i / inner) % length > 0) data[i]! += data[i - inner]!;
  return [{ ...x, data }];
};

/** Over the axes of the second operand, or of the attribute; all of them where there are none. */
function reduction(start: number, combine: (sum: number, x: number) => number, isMean = false): Folding {
  return ([x, axesOperand], attributes) => {
    if (!x) return undefined;
    const given = axesOperand ? Array.from(axesOperand.data) : (intsAttribute(attributes, "axes") ?? []);
    const axes = new Set(given.length === 0 ? x.shape.keys() : given.map((axis) => axisOf(axis, x.shape.length)));
    const kept = x.shape.map((size, axis) => (axes.has(axis) ? 1 : size));
    const [from, to] = [stridesOf(x.shape), stridesOf(kept)];
    const data = elementsFor(kept).fill(start);
    for (const [i, e] of x.data.entries()) {
      let at = 0;
      for (const [axis, size] of x.shape.entries()) {
        if (!axes.has(axis)) at += (Math.floor(i / from[axis]!) % size) * to[axis]!;
      }
      data[at] = combine(data[at]!, e);
    }
    const count = x.data.length / data.length;
    const shape = intAttribute(attributes, "keepdims", 1) === 1 ? kept : x.shape.filter((_, axis) => !axes.has(axis));
    return [{ dtype: x.dtype, shape, data: isMean ? data.map((sum) => sum / count) : data }];
  };
}

/** Two matrices, or stacks of as many. */
const matMul: Folding = ([a, b]) => {
  if (!a || !b || a.shape.length !== b.shape.length || a.shape.length < 2) return undefined;
  const stack = a.shape.slice(0, -2);
  if (stack.some((size, axis) => size !== b.shape[axis]) || a.shape.at(-1) !== b.shape.at(-2)) return undefined;
  const [n, k, m] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const count = elementCount(stack);
  if (count * n * k * m > 2 ** 26) return undefined;
  const data = elementsFor([count, n, m]);
  for (let s = 0; s < count; s++) {
    for (let i = 0; i < n; i++) {
      for (let l = 0; l < k; l++) {
        const factor = a.data[(s * n + i) * k + l]!;
        for (let j = 0; j < m; j++) data[(s * n + i) * m + j]! += factor * b.data[(s * k + l) * m + j]!;
      }
    }
  }
  return [{ dtype: a.dtype, shape: [...stack, n, m], data }];
};

/** Negative indices count from the end; others are kept within the axis, as nothing may be read beside it. */
function counted(index: number, length: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, 0), Math.max(length - 1, 0));
}

/** Elements picked, placed, counted and summed. */
export const indexingFoldings: ReadonlyMap<string, Folding> = new Map<string, Folding>([
  ["Gather", gather],
  ["GatherElements", gatherElements],
  ["GatherND", gatherND],
  ["ScatterElements", scatterElements],
  ["ScatterND", scatterND],
  ["NonZero", nonZero],
  ["CumSum", cumSum],
  ["ReduceSum", reduction(0, (sum, x) => sum + x)],
  ["ReduceMean", reduction(0, (sum, x) => sum + x, true)],
  ["ReduceProd", reduction(1, (product, x) => product * x)],
  ["ReduceMax", reduction(-Infinity, Math.max)],
  ["ReduceMin", reduction(Infinity, Math.min)],
  ["MatMul", matMul],
]);
