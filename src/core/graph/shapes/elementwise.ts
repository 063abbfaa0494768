import { broadcast, type Shape, type ShapeRule, shapeAt } from "./value.ts";

/** Operators whose (first) output has the shape of their first input. */
const shapeKeeping = [
  ..."Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor Log Neg Reciprocal Round Sign Sin Sinh".split(
    " ",
  ),
  ..."Sqrt Tan Tanh BitwiseNot Not IsInf IsNaN Identity Cast CastLike Bernoulli Clip Shrink Trilu CumSum".split(" "),
  ..."Celu Elu Gelu HardSigmoid HardSwish Hardmax LeakyRelu LogSoftmax Mish PRelu Relu Selu Sigmoid Softmax".split(" "),
  ..."Softplus Softsign Swish ThresholdedRelu LRN LpNormalization MeanVarianceNormalization GroupNormalization".split(
    " ",
  ),
  ..."InstanceNormalization RotaryEmbedding ScatterElements ScatterND Scatter TensorScatter ReverseSequence EyeLike".split(
    " ",
  ),
  ..."RandomNormalLike RandomUniformLike QuantizeLinear DequantizeLinear ImageScaler Scaler".split(" "),
  ..."ParametricSoftplus ScaledTanh Affine".split(" "),
];

/** Operators whose output has the shape that all inputs broadcast to. */
export const broadcastingOps: ReadonlySet<string> = new Set([
  ..."Add Sub Mul Div Pow Mod Max Min Mean Sum And Or Xor Where BitShift BitwiseAnd BitwiseOr BitwiseXor".split(" "),
  ..."Equal Greater GreaterOrEqual Less LessOrEqual".split(" "),
]);

/** The operator names of {@link elementwiseRules} that act on each element alone (no softmax, no normalisation). */
export const pointwiseOps: ReadonlySet<string> = new Set([
  ...broadcastingOps,
  ..."Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor Log Neg Reciprocal Round Sign Sin Sinh".split(
    " ",
  ),
  ..."Sqrt Tan Tanh Identity Cast CastLike Clip Shrink Celu Elu Gelu HardSigmoid HardSwish LeakyRelu Mish PRelu".split(
    " ",
  ),
  ..."Relu Selu Sigmoid Softplus Softsign Swish ThresholdedRelu QuantizeLinear DequantizeLinear Dropout".split(" "),
]);

const same: ShapeRule = (call) => [shapeAt(call, 0)];

const broadcastAll: ShapeRule = (call) => [
  broadcast(
    call,
    call.inputs.map((_, index) => shapeAt(call, index)),
  ),
];

/** Output, mean and inverse standard deviation; the latter keep the axes before the normalised ones. */
const layerNormalization: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const found = call.node.attributes.get("axis");
  const axis = found?.type === "int" ? found.value : -1;
  const from = axis < 0 ? axis + shape.length : axis;
  const statistics = shape.map((size, index) => (index < from ? size : 1));
  return [shape, statistics, statistics];
};

const batchNormalization: ShapeRule = (call) => {
  const shape = shapeAt(call, 0);
  const channels: Shape = [shape[1] ?? 1];
  return [shape, channels, channels, channels, channels];
};

/** Activations, arithmetic and normalisations. */
export const elementwiseRules: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ...shapeKeeping.map((op) => [op, same] as const),
  ...[...broadcastingOps].map((op) => [op, broadcastAll] as const),
  ["LayerNormalization", layerNormalization],
  ["RMSNormalization", layerNormalization],
  // ONNX Runtime's optimiser writes this one as if it were ONNX's own.
  ["SimplifiedLayerNormalization", layerNormalization],
  ["BatchNormalization", batchNormalization],
  ["Dropout", (call) => [shapeAt(call, 0), shapeAt(call, 0)]],
  ["DynamicQuantizeLinear", (call) => [shapeAt(call, 0), [], []]],
]);
