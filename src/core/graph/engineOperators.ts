/**
 * The operators that ONNX Runtime 1.30 runs on the CPU, at operator set 21 of ONNX's own domain and above.
 *
 * Made by asking it: a session was created for each name that ONNX, ai.onnx.ml and the runtime's documentation
 * (docs/OperatorKernels.md) list, in each operator set from 21 to 26. A name that it does not know, or for which it has no
 * implementation, is not here; `test/unit/core/graph/operators.test.ts` asks again. For com.microsoft, whose operators mostly
 * exist for GPUs, the documentation's list for the CPU was taken and completed by those that could be created.
 */

/** Names, with `from-to` where not every operator set from 21 to 26 will do. */
const onnx = `
  Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention:23-26 AveragePool BatchNormalization
  Bernoulli:21-21 BitCast:26-26 BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike Ceil Celu
  CenterCropPad Clip Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos
  Cosh CumProd:26-26 CumSum DFT DeformConv DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu
  Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool
  GlobalLpPool:21-21 GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HammingWindow HannWindow
  HardSigmoid HardSwish Hardmax Identity If InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less
  LessOrEqual Log LogSoftmax Loop LpNormalization LpPool MatMul MatMulInteger Max MaxPool MaxRoiPool:21-21 MaxUnpool Mean
  MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Multinomial:21-21 Neg NegativeLogLikelihoodLoss
  NonMaxSuppression NonZero Not OneHot Optional OptionalGetElement OptionalHasElement Or PRelu Pad Pow QLinearConv
  QLinearMatMul QuantizeLinear RMSNormalization:23-26 RNN RandomNormal:21-21 RandomNormalLike:21-21 RandomUniform:21-21
  RandomUniformLike:21-21 Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin
  ReduceProd ReduceSum ReduceSumSquare RegexFullMatch Relu Reshape Resize ReverseSequence RoiAlign:21-21
  RotaryEmbedding:23-26 Round STFT Scan ScatterElements ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty
  SequenceErase SequenceInsert SequenceLength SequenceMap Shape Shrink Sigmoid Sign SimplifiedLayerNormalization Sin Sinh
  Size Slice Softmax SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Split SplitToSequence Sqrt Squeeze StringConcat
  StringNormalizer StringSplit Sub Sum Swish:24-24 Tan Tanh TensorScatter:24-26 TfIdfVectorizer ThresholdedRelu Tile TopK
  Transpose Trilu Unique Unsqueeze Where Xor`;

const onnxMl = `
  ArrayFeatureExtractor Binarizer CastMap CategoryMapper DictVectorizer FeatureVectorizer Imputer LabelEncoder
  LinearClassifier LinearRegressor Normalizer OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsemble
  TreeEnsembleClassifier TreeEnsembleRegressor ZipMap`;

const microsoft = `
  Attention AttnLSTM BeamSearch BiasGelu BifurcationDetector CDist CausalConvWithState ConvTransposeWithDynamicPads
  CropAndResize DecoderMaskedMultiHeadAttention DequantizeLinear DynamicQuantizeLSTM DynamicQuantizeMatMul
  DynamicTimeWarping EmbedLayerNormalization ExpandDims FastGelu FusedConv FusedGemm FusedMatMul GatherBlockQuantized
  GatherND Gelu GreedySearch GridSample GroupQueryAttention Inverse LinearAttention MatMulBnb4 MatMulFpQ4 MatMulInteger16
  MatMulIntegerToFloat MatMulNBits MaxpoolWithMask MoE MultiHeadAttention MurmurHash3 NGramRepeatBlock NhwcMaxPool Pad
  QAttention QEmbedLayerNormalization QGemm QLinearAdd QLinearAveragePool QLinearConcat QLinearConv
  QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearSigmoid QLinearSoftmax QLinearWhere QMoE QuantizeLinear
  QuickGelu Range RotaryEmbedding Sampling SkipLayerNormalization SkipSimplifiedLayerNormalization SparseAttention
  SparseToDenseMatMul Tokenizer TransposeMatMul Trilu UnfoldTensor Unique WhisperBeamSearch WordConvEmbedding`;

interface Versions {
  readonly from: number;
  readonly to: number;
}

const domains: ReadonlyMap<string, ReadonlyMap<string, Versions>> = new Map([
  ["", table(onnx, { from: 21, to: 26 })],
  ["ai.onnx.ml", table(onnxMl, { from: 1, to: 5 })],
  ["com.microsoft", table(microsoft, { from: 1, to: 1 })],
]);

/**
 * Whether the engine runs an operator.
 * @param opset version of the operator's domain; for ONNX's own, 21 or above.
 */
export function engineRuns(domain: string, op: string, opset: number): boolean {
  const versions = domains.get(domain)?.get(op);
  return versions !== undefined && opset >= versions.from && opset <= versions.to;
}

/** Every operator of a domain that the engine runs in some operator set, with the first and the last. */
export function engineOperators(domain: string): ReadonlyMap<string, Versions> {
  return domains.get(domain) ?? new Map();
}

function table(text: string, otherwise: Versions): ReadonlyMap<string, Versions> {
  return new Map(
    text
      .trim()
      .split(/\s+/)
      .map((entry): [string, Versions] => {
        const [name = "", range] = entry.split(":");
        const [from = "", to = ""] = range?.split("-") ?? [];
        return [name, range === undefined ? otherwise : { from: Number(from), to: Number(to) }];
      }),
  );
}
