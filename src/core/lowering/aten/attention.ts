import { int } from "../../graph/attributes.ts";
import type { Arguments } from "./arguments.ts";
import { expand, reshape, sizeAt, swapped, unsqueeze, where } from "./layout.ts";
import { evaluates } from "./normalisation.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator, type Result } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** `softmax(q·kᵀ·scale + mask)·v` over the last two axes, from products and a softmax. */
function attention(w: OnnxWriter, a: Arguments, maskName: string): Operand {
  const query = a.tensor("query");
  const [key, value] = [shared(w, a, "key", query), shared(w, a, "value", query)];
  if (a.given("dropout_p") && a.number("dropout_p") > 0) evaluates(w);
  const rank = query.shape.length;
  const scale = a.optionalNumber("scale") ?? 1 / Math.sqrt(sizeAt(w, query, rank - 1));
  const scaled = w.add("Mul", [query, w.scalar(scale)]);
  let scores = w.add("MatMul", [scaled, swapped(w, key, -2, -1)]);
  if (a.flag("is_causal")) {
    const [length, total] = [sizeAt(w, query, rank - 2), sizeAt(w, key, rank - 2)];
    const mask = w.table([length, total], "float", (i) => (i % total <= Math.floor(i / total) ? 0 : -Infinity));
    scores = w.add("Add", [scores, mask]);
  }
  const mask = a.optionalTensor(maskName);
  if (mask) scores = mask.dtype === "bool" ? where(w, mask, scores, w.scalar(-Infinity)) : w.add("Add", [scores, mask]);
  return w.add("MatMul", [w.add("Softmax", [scores], { axis: int(-1) }), value]);
}

/** Keys and values that several heads share (`enable_gqa`), repeated for each. */
function shared(w: OnnxWriter, a: Arguments, name: string, query: Operand): Operand {
  const x = a.tensor(name);
  if (!a.flag("enable_gqa")) return x;
  const axis = query.shape.length - 3;
  const [heads, own] = [sizeAt(w, query, axis), sizeAt(w, x, axis)];
  if (heads === own) return x;
  const long = unsqueeze(w, x, [axis + 1]);
  return reshape(w, expand(w, long, long.shape.with(axis + 1, heads / own)), x.shape.with(axis, heads));
}

/** The forms for one device give statistics for training, too, which nothing here asks for. */
function withStatistics(maskName: string, others: number): (w: OnnxWriter, a: Arguments) => Result {
  return (w, a) => [attention(w, a, maskName), ...new Array<null>(others).fill(null)];
}

const inputs = "Tensor query, Tensor key, Tensor value";

/** `nn.MultiheadAttention` in one operator: projections packed into one weight (3·e × e). */
function multiHead(w: OnnxWriter, a: Arguments): Result {
  if (a.given("mask")) throw w.unsupported("it has a mask");
  const heads = a.number("num_head");
  const [x, weight] = [a.tensor("query"), a.tensor("qkv_weight")];
  const [n = 1, length = 1, width = 1] = x.shape;
  const packed = w.add("Add", [w.add("MatMul", [x, swapped(w, weight, 0, 1)]), a.tensor("qkv_bias")]);
  const each = sizeAt(w, x, 2) / heads;
  const apart = reshape(w, packed, [n, length, 3, heads, each]);
  const part = (i: number) => swapped(w, w.add("Gather", [apart, w.ints(i)], { axis: int(2) }), 1, 2);
  const scores = w.add("MatMul", [w.add("Mul", [part(0), w.scalar(1 / Math.sqrt(each))]), swapped(w, part(1), 2, 3)]);
  const mixed = w.add("MatMul", [w.add("Softmax", [scores], { axis: int(-1) }), part(2)]);
  const joined = reshape(w, swapped(w, mixed, 1, 2), [n, length, width]);
  const product = w.add("MatMul", [joined, swapped(w, a.tensor("proj_weight"), 0, 1)]);
  return [w.add("Add", [product, a.tensor("proj_bias")]), null];
}

/** Attention. */
export const attentionOperators: readonly Operator[] = [
  operator(
    `scaled_dot_product_attention(${inputs}, Tensor? attn_mask=None, float dropout_p=0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False)`,
    (w, a) => attention(w, a, "attn_mask"),
  ),
  operator(
    [
      `_scaled_dot_product_attention(${inputs}, Tensor? attn_mask=None, float dropout_p=0, bool need_attn_weights=False, bool is_causal=False)`,
      `_scaled_dot_product_attention_math(${inputs}, Tensor? attn_mask=None, float dropout_p=0, bool is_causal=False, Tensor? dropout_mask=None, *, float? scale=None, bool enable_gqa=False)`,
      `_scaled_dot_product_flash_attention_for_cpu(${inputs}, float dropout_p=0, bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None)`,
    ],
    withStatistics("attn_mask", 1),
  ),
  operator(
    `_scaled_dot_product_flash_attention(${inputs}, float dropout_p=0, bool is_causal=False, bool return_debug_mask=False, *, float? scale=None)`,
    withStatistics("attn_mask", 8),
  ),
  operator(
    `_scaled_dot_product_efficient_attention(${inputs}, Tensor? attn_bias, bool compute_log_sumexp, float dropout_p=0, bool is_causal=False, *, float? scale=None)`,
    withStatistics("attn_bias", 3),
  ),
  operator(
    "_native_multi_head_attention(Tensor query, Tensor key, Tensor value, int embed_dim, int num_head, Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, Tensor? mask=None, bool need_weights=True, bool average_attn_weights=True, int? mask_type=None)",
    multiHead,
  ),
];
