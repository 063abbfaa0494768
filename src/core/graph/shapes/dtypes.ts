import { dtypeOfNumber } from "../../formats/onnx/dtypes.ts";
import type { DType } from "../tensor.ts";
import { type Call, intOf } from "./value.ts";

/** Element types of a call's outputs, in the node's order. */
type DtypeRule = (call: Call) => readonly (DType | undefined)[];

const input =
  (index: number): DtypeRule =>
  (call) => [call.inputs[index]?.dtype];

const always =
  (...dtypes: (DType | undefined)[]): DtypeRule =>
  () =>
    dtypes;

/** The first output as the first input, the others as given. */
const firstThen =
  (...others: DType[]): DtypeRule =>
  (call) => [call.inputs[0]?.dtype, ...others];

/** A `TensorProto.DataType` number in an attribute. */
const named =
  (name: string, otherwise: (call: Call) => DType | undefined): DtypeRule =>
  (call) => [dtypeOfNumber(intOf(call, name, 0)) ?? otherwise(call)];

const constant: DtypeRule = ({ node }) => {
  for (const [name, attribute] of node.attributes) {
    if (attribute.type === "tensor") return [attribute.value.dtype];
    if (name.startsWith("value_float")) return ["float32"];
    if (name.startsWith("value_int")) return ["int64"];
    if (name.startsWith("value_string")) return ["string"];
  }
  return [undefined];
};

const filled: DtypeRule = ({ node }) => {
  const value = node.attributes.get("value");
  return [value?.type === "tensor" ? value.value.dtype : "float32"];
};

const exceptions: ReadonlyMap<string, DtypeRule> = new Map<string, DtypeRule>([
  ..."And Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Not Or Xor"
    .split(" ")
    .map((op) => [op, always("bool")] as const),
  ..."ArgMax ArgMin NonZero Shape Size".split(" ").map((op) => [op, always("int64")] as const),
  ["BatchNormalization", (call) => [0, 3, 4, 3, 4].map((index) => call.inputs[index]?.dtype)],
  ["Bernoulli", named("dtype", (call) => call.inputs[0]?.dtype)],
  ["Cast", named("to", () => undefined)],
  ["CastLike", input(1)],
  ["Constant", constant],
  ["ConstantOfShape", filled],
  ["ConvInteger", always("int32")],
  ["DequantizeLinear", named("output_dtype", (call) => call.inputs[1]?.dtype)],
  ["Dropout", firstThen("bool")],
  ["DynamicQuantizeLinear", always("uint8", "float32", "uint8")],
  ["EyeLike", named("dtype", (call) => call.inputs[0]?.dtype)],
  ["MatMulInteger", always("int32")],
  ["MaxPool", firstThen("int64")],
  ["OneHot", input(2)],
  ["QLinearConv", input(7)],
  ["QLinearMatMul", input(7)],
  ["QuantizeLinear", named("output_dtype", (call) => (call.inputs[2] ? call.inputs[2].dtype : "uint8"))],
  ["RandomNormal", named("dtype", () => "float32")],
  ["RandomNormalLike", named("dtype", (call) => call.inputs[0]?.dtype)],
  ["RandomUniform", named("dtype", () => "float32")],
  ["RandomUniformLike", named("dtype", (call) => call.inputs[0]?.dtype)],
  ["TopK", firstThen("int64")],
  ["Unique", firstThen("int64", "int64", "int64")],
  ["Where", input(1)],
]);

/** What operators of sequences and control flow make is not the type of what they take. */
const untyped = /^(Sequence|SplitToSequence|ConcatFromSequence|Optional|If$|Loop$|Scan$)/;

/** Element types of a call's outputs; an operator without a rule of its own keeps the type of its first input. */
export function dtypesOf(call: Call): readonly (DType | undefined)[] {
  const { node } = call;
  const rule = node.domain === "" ? exceptions.get(node.op) : undefined;
  if (rule) return rule(call);
  if (untyped.test(node.op)) return [];
  return node.outputs.map(() => call.inputs[0]?.dtype);
}
