import { Failure } from "../../failure.ts";
import type { AtenLowering } from "../../lowering/aten/lowering.ts";
import { type AtenTensor, type AtenValue, isTensor } from "../../lowering/aten/value.ts";

/** The operator that `nn.TransformerEncoderLayer` becomes where it is traced without gradients. */
export const encoderLayerOperator = "_transformer_encoder_layer_fwd";

/**
 * Takes the operator apart into attention, layer norms and linear layers.
 * @param args `(src, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias, use_gelu, norm_first, eps,
 *   norm_weight_1, norm_bias_1, norm_weight_2, norm_bias_2, ffn_weight_1, ffn_bias_1, ffn_weight_2, ffn_bias_2, mask?, …)`
 * @throws Failure `torchscript/unsupported-op` for a mask, `torchscript/bad-argument`, and those of the lowering.
 */
export function lowerEncoderLayer(lowering: AtenLowering, args: readonly AtenValue[]): AtenTensor {
  const [source, width = null, heads = null, qkvWeight = null, qkvBias = null, outWeight = null, outBias = null] = args;
  const [useGelu, normFirst, eps = null, ...rest] = args.slice(7);
  const [weight1 = null, bias1 = null, weight2 = null, bias2 = null] = rest;
  const [inWeight = null, inBias = null, backWeight = null, backBias = null, mask = null] = rest.slice(4);
  if (mask !== null) {
    throw new Failure("torchscript/unsupported-op", `aten::${encoderLayerOperator} cannot be read: it has a mask.`);
  }
  const call = (operator: string, ...given: readonly AtenValue[]): AtenTensor => {
    const result = lowering.call(operator, given, new Map());
    return asTensor(Array.isArray(result) ? result[0] : result);
  };
  const attention = (x: AtenTensor) =>
    call("_native_multi_head_attention", x, x, x, width, heads, qkvWeight, qkvBias, outWeight, outBias);
  const normalise = (x: AtenTensor, weight: AtenValue, bias: AtenValue) =>
    call("layer_norm", x, [width], weight, bias, eps);
  const feedForward = (x: AtenTensor) =>
    call("linear", call(useGelu === true ? "gelu" : "relu", call("linear", x, inWeight, inBias)), backWeight, backBias);
  const x = asTensor(source);
  if (normFirst === true) {
    const mixed = call("add", x, attention(normalise(x, weight1, bias1)));
    return call("add", mixed, feedForward(normalise(mixed, weight2, bias2)));
  }
  const mixed = normalise(call("add", x, attention(x)), weight1, bias1);
  return normalise(call("add", mixed, feedForward(mixed)), weight2, bias2);
}

function asTensor(value: AtenValue | undefined): AtenTensor {
  if (isTensor(value)) return value;
  throw new Failure("torchscript/bad-argument", `aten::${encoderLayerOperator} lacks a tensor.`);
}
