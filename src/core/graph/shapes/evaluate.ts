import { toFloat64 } from "../numbers.ts";
import { type DType, elementCount } from "../tensor.ts";
import { slicesOf } from "./indexing.ts";
import { axisOf, type Call, dataAt, intOf, intsOf, notKnown, optionalData, type Shape, shapeAt } from "./value.ts";

/** Above this many elements a value is a weight, not shape arithmetic. */
export const largestKnown = 4096;
const mostAxes = 16;

type Elements = readonly number[];

/** The elements of a call's first output, from the elements (or only the shapes) of its inputs. */
type Evaluator = (call: Call, shape: Shape, dtype: DType | undefined) => Elements;

const isFloat = (dtype: DType | undefined) => dtype?.includes("float") ?? false;

/** Index of an element in an operand that broadcasts to `shape`. */
function broadcastIndex(index: number, shape: Shape, operand: Shape): number {
  let at = 0;
  let stride = 1;
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    const own = operand[axis - shape.length + operand.length] ?? 1;
    if (own !== 1) at += (rest % size) * stride;
    stride *= own;
    rest = Math.floor(rest / size);
  }
  return at;
}

function pointwise(compute: (values: readonly number[], dtype: DType | undefined) => number): Evaluator {
  return (call, shape, dtype) => {
    const operands = call.inputs.map((_, i) => ({ data: dataAt(call, i), shape: shapeAt(call, i) }));
    return Array.from({ length: elementCount(shape) }, (_, index) =>
      compute(
        operands.map((operand) => operand.data[broadcastIndex(index, shape, operand.shape)]!),
        dtype,
      ),
    );
  };
}

const unary = (compute: (x: number) => number) => pointwise(([x = 0]) => compute(x));
const binary = (compute: (a: number, b: number) => number) => pointwise(([a = 0, b = 0]) => compute(a, b));
const truth = (compute: (a: number, b: number) => boolean) => binary((a, b) => (compute(a, b) ? 1 : 0));

const divide = pointwise(([a = 0, b = 0], dtype) => (isFloat(dtype) ? a / b : Math.trunc(a / b)));

const remainder: Evaluator = (call, shape, dtype) => {
  const towardsZero = intOf(call, "fmod", 0) === 1;
  return binary((a, b) => (towardsZero ? a % b : a - b * Math.floor(a / b)))(call, shape, dtype);
};

/** Narrower floats are left unknown: shapes are not computed in them. */
const cast: Evaluator = (call, _, dtype) => {
  const data = dataAt(call, 0);
  if (dtype === "bool") return data.map((x) => (x === 0 ? 0 : 1));
  if (!isFloat(dtype)) return data.map(Math.trunc);
  if (dtype !== "float32" && dtype !== "float64") throw notKnown;
  return data;
};

const unchanged: Evaluator = (call) => dataAt(call, 0);

const clip: Evaluator = (call) => {
  // Before opset 11 the limits were attributes.
  if (call.node.attributes.size > 0) throw notKnown;
  const [least = [-Infinity], most = [Infinity]] = [optionalData(call, 1), optionalData(call, 2)];
  return dataAt(call, 0).map((x) => Math.min(Math.max(x, least[0] ?? -Infinity), most[0] ?? Infinity));
};

/** Row-major indices of the elements that are not zero, one row per axis. */
const nonZero: Evaluator = (call) => {
  const shape = shapeAt(call, 0);
  const found = dataAt(call, 0).flatMap((x, index) => (x === 0 ? [] : [index]));
  return shape.flatMap((size, axis) => {
    const stride = elementCount(shape.slice(axis + 1));
    return found.map((index) => Math.floor(index / stride) % size);
  });
};

const constant: Evaluator = ({ node }) => {
  for (const attribute of node.attributes.values()) {
    if (attribute.type === "tensor") return Array.from(toFloat64(attribute.value));
    if (attribute.type === "int" || attribute.type === "float") return [attribute.value];
    if (attribute.type === "ints" || attribute.type === "floats") return attribute.value;
  }
  return [];
};

const constantOfShape: Evaluator = ({ node }, shape) => {
  const value = node.attributes.get("value");
  const element = value?.type === "tensor" ? (toFloat64(value.value)[0] ?? 0) : 0;
  return new Array<number>(elementCount(shape)).fill(element);
};

const range: Evaluator = (call, shape) => {
  const [start = 0, delta = 1] = [dataAt(call, 0)[0], dataAt(call, 2)[0]];
  return Array.from({ length: elementCount(shape) }, (_, i) => start + i * delta);
};

const shapeOf: Evaluator = (call) => {
  const shape = shapeAt(call, 0);
  return shape.slice(intOf(call, "start", 0), intOf(call, "end", shape.length));
};

/** Elements whose index along each axis is computed from the output's index. */
function picked(data: Elements, from: Shape, shape: Shape, source: (axes: number[]) => number[]): Elements {
  return Array.from({ length: elementCount(shape) }, (_, index) => {
    const axes = new Array<number>(shape.length);
    let rest = index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      axes[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return data[source(axes).reduce((at, i, axis) => at * from[axis]! + i, 0)] ?? 0;
  });
}

const slice: Evaluator = (call, shape) => {
  const from = shapeAt(call, 0);
  const cuts = slicesOf(call, from);
  return picked(dataAt(call, 0), from, shape, (axes) =>
    axes.map((i, axis) => (cuts.get(axis)?.start ?? 0) + i * (cuts.get(axis)?.step ?? 1)),
  );
};

const gather: Evaluator = (call, shape) => {
  const [from, indices] = [shapeAt(call, 0), dataAt(call, 1)];
  const rank = shapeAt(call, 1).length;
  const axis = axisOf(call, intOf(call, "axis", 0), from.length);
  const indexShape = shapeAt(call, 1);
  return picked(dataAt(call, 0), from, shape, (axes) => {
    const at = axes.slice(axis, axis + rank).reduce((flat, i, k) => flat * indexShape[k]! + i, 0);
    const index = indices[at] ?? 0;
    return axes.toSpliced(axis, rank, index < 0 ? index + from[axis]! : index);
  });
};

const transpose: Evaluator = (call, shape) => {
  const from = shapeAt(call, 0);
  const perm = intsOf(call, "perm") ?? from.map((_, axis) => from.length - 1 - axis);
  return picked(dataAt(call, 0), from, shape, (axes) => from.map((_, axis) => axes[perm.indexOf(axis)] ?? 0));
};

const expand: Evaluator = (call, shape) => {
  const [data, from] = [dataAt(call, 0), shapeAt(call, 0)];
  return Array.from({ length: elementCount(shape) }, (_, index) => data[broadcastIndex(index, shape, from)]!);
};

const concat: Evaluator = (call, shape) => {
  if (shape.length !== 1) throw notKnown;
  return call.inputs.flatMap((_, index) => dataAt(call, index));
};

/** Of all elements to one; shape arithmetic has no other. */
function reduction(combine: (a: number, b: number) => number): Evaluator {
  return (call, shape) => {
    const data = dataAt(call, 0);
    if (elementCount(shape) !== 1 || data.length === 0) throw notKnown;
    return [data.reduce(combine)];
  };
}

/** Exact evaluation of what exporters compute shapes with; any other operator's elements stay unknown. */
const evaluators: ReadonlyMap<string, Evaluator> = new Map<string, Evaluator>([
  ["Abs", unary(Math.abs)],
  ["Ceil", unary(Math.ceil)],
  ["Floor", unary(Math.floor)],
  ["Neg", unary((x) => -x)],
  ["Not", unary((x) => (x === 0 ? 1 : 0))],
  ["Round", unary(roundHalfToEven)],
  ["Sign", unary(Math.sign)],
  ["Sqrt", unary(Math.sqrt)],
  ["Reciprocal", unary((x) => 1 / x)],
  ["Add", binary((a, b) => a + b)],
  ["Sub", binary((a, b) => a - b)],
  ["Mul", binary((a, b) => a * b)],
  ["Div", divide],
  ["Mod", remainder],
  ["Pow", binary((a, b) => a ** b)],
  ["Max", pointwise((values) => Math.max(...values))],
  ["Min", pointwise((values) => Math.min(...values))],
  ["Sum", pointwise((values) => values.reduce((a, b) => a + b, 0))],
  ["And", truth((a, b) => a !== 0 && b !== 0)],
  ["Or", truth((a, b) => a !== 0 || b !== 0)],
  ["Xor", truth((a, b) => a !== b)],
  ["Equal", truth((a, b) => a === b)],
  ["Greater", truth((a, b) => a > b)],
  ["GreaterOrEqual", truth((a, b) => a >= b)],
  ["Less", truth((a, b) => a < b)],
  ["LessOrEqual", truth((a, b) => a <= b)],
  ["Where", pointwise(([condition = 0, a = 0, b = 0]) => (condition === 0 ? b : a))],
  ["Clip", clip],
  ["Cast", cast],
  ["CastLike", cast],
  ["Identity", unchanged],
  ["Reshape", unchanged],
  ["Flatten", unchanged],
  ["Squeeze", unchanged],
  ["Unsqueeze", unchanged],
  ["Transpose", transpose],
  ["Expand", expand],
  ["Concat", concat],
  ["Slice", slice],
  ["Gather", gather],
  ["ReduceMax", reduction(Math.max)],
  ["ReduceMin", reduction(Math.min)],
  ["ReduceProd", reduction((a, b) => a * b)],
  ["ReduceSum", reduction((a, b) => a + b)],
  ["Constant", constant],
  ["ConstantOfShape", constantOfShape],
  ["NonZero", nonZero],
  ["Range", range],
  ["Shape", shapeOf],
  ["Size", (call) => [elementCount(shapeAt(call, 0))]],
]);

/** ONNX `Round` takes halves to the even neighbour. */
function roundHalfToEven(x: number): number {
  const nearest = Math.round(x);
  return Math.abs(x % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/**
 * The elements of a call's first output, where they follow from shapes and small constants alone.
 * @param shape the output's shape, by its rule.
 */
export function evaluate(call: Call, shape: Shape, dtype: DType | undefined): Elements | undefined {
  const evaluator = call.node.domain === "" ? evaluators.get(call.node.op) : undefined;
  const isSmall = elementCount(shape) <= largestKnown && shape.length <= mostAxes;
  if (!evaluator || dtype === undefined || dtype === "string" || !isSmall) return undefined;
  try {
    const elements = evaluator(call, shape, dtype);
    return dtype === "float32" ? elements.map(Math.fround) : elements;
  } catch (error) {
    if (error === notKnown) return undefined;
    throw error;
  }
}
