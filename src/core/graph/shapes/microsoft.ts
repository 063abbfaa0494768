import { product } from "./contraction.ts";
import { spatialRules } from "./spatial.ts";
import { broadcast, type Call, dataAt, intOf, type Shape, type ShapeRule, shapeAt } from "./value.ts";

const same: ShapeRule = (call) => [shapeAt(call, 0)];

const sum: ShapeRule = (call) => [broadcast(call, [shapeAt(call, 0), shapeAt(call, 1)])];

/** Sum of input, skip and bias, normalised over the last axis; the fourth output is the sum itself. */
const skipNormalization: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const statistics = shape.with(-1, 1);
  return [shape, statistics, statistics, shape];
};

/**
 * The shape of a factor as it is multiplied: `transBatchA`/`B` brings its first axis behind the others but the last,
 * `transA`/`B` then exchanges the last two.
 */
function turned(call: Call, index: number, factor: "A" | "B"): Shape {
  const given = shapeAt(call, index);
  if (given.length < 2) return given;
  const [first = 1, ...others] = given;
  const batchTurned = intOf(call, `transBatch${factor}`, 0) === 1;
  const shape = batchTurned ? [...others.slice(0, -1), first, given.at(-1)!] : given;
  return intOf(call, `trans${factor}`, 0) === 1 ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
}

/** `second`: where the right factor stands among the inputs. */
function matMul(second: number): ShapeRule {
  return (call) => [product(call, turned(call, 0, "A"), turned(call, second, "B"))];
}

/** Input n × length × width, weights width × (q + k + v); the output has the values' width. */
const attention: ShapeRule = (call) => {
  const [n = 1, length = 1] = shapeAt(call, 0);
  const sizes = call.node.attributes.get("qkv_hidden_sizes");
  const width = (shapeAt(call, 1)[1] ?? 0) / 3;
  return [[n, length, sizes?.type === "ints" ? (sizes.value[2] ?? width) : width]];
};

const multiHeadAttention: ShapeRule = (call) => {
  const [n = 1, length = 1, width = 1] = shapeAt(call, 0);
  const value = call.inputs[2]?.shape;
  return [[n, length, value?.length === 3 ? value[2]! : width]];
};

/** Three sums of embeddings, normalised; then the mask's index. */
const embedLayerNormalization: ShapeRule = (call) => {
  const [n = 1, length = 1] = shapeAt(call, 0);
  const shape = [n, length, shapeAt(call, 2)[1] ?? 1];
  return [shape, [n], shape];
};

const matMulNBits: ShapeRule = (call) => [shapeAt(call, 0).with(-1, intOf(call, "N", 1))];

const qLinearPair: ShapeRule = (call) => [broadcast(call, [shapeAt(call, 0), shapeAt(call, 3)])];

const qLinearConcat: ShapeRule = (call) => {
  // Output scale and zero point come first, then value, scale and zero point of each part.
  const parts = call.inputs.flatMap((_, index) => (index >= 2 && index % 3 === 2 ? [shapeAt(call, index)] : []));
  const first = parts[0] ?? [];
  const axis = intOf(call, "axis", 0);
  const from = axis < 0 ? axis + first.length : axis;
  return [
    first.with(
      from,
      parts.reduce((total, part) => total + part[from]!, 0),
    ),
  ];
};

const qLinearGlobalPool: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const last = intOf(call, "channels_last", 0) === 1;
  return [shape.map((size, axis) => (axis === 0 || axis === (last ? shape.length - 1 : 1) ? size : 1))];
};

const expandDims: ShapeRule = (call) => {
  const axis = dataAt(call, 1)[0] ?? 0;
  const shape = shapeAt(call, 0);
  return [shape.toSpliced(axis < 0 ? axis + shape.length + 1 : axis, 0, 1)];
};

const keeping =
  "BiasDropout BiasGelu BiasSoftmax FastGelu Gelu QuickGelu QLinearLeakyRelu QLinearSigmoid QLinearSoftmax";
const more = "DequantizeLinear QuantizeLinear RotaryEmbedding GroupNorm Inverse BiasSplitGelu";

/** Fused operators that ONNX Runtime's optimisers write into files (`com.microsoft`). */
export const microsoftRules: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ...`${keeping} ${more}`.split(" ").map((op) => [op, same] as const),
  ["BiasAdd", sum],
  ["SkipLayerNormalization", skipNormalization],
  ["SkipSimplifiedLayerNormalization", skipNormalization],
  ["FusedConv", spatialRules.get("Conv")!],
  ["FusedMatMul", matMul(1)],
  ["FusedGemm", matMul(1)],
  ["GemmFastGelu", matMul(1)],
  ["Attention", attention],
  ["MultiHeadAttention", multiHeadAttention],
  ["EmbedLayerNormalization", embedLayerNormalization],
  ["MatMulNBits", matMulNBits],
  ["MatMulIntegerToFloat", matMul(1)],
  ["DynamicQuantizeMatMul", matMul(1)],
  ["QGemm", matMul(3)],
  ["QLinearAdd", qLinearPair],
  ["QLinearMul", qLinearPair],
  ["QLinearConcat", qLinearConcat],
  ["QLinearGlobalAveragePool", qLinearGlobalPool],
  ["ExpandDims", expandDims],
]);
