import type { Settings } from "../../formats/keras/settings.ts";
import { int } from "../../graph/attributes.ts";
import { float32Tensor } from "../../graph/tensor.ts";
import type { LayerCall } from "./layerCall.ts";
import { heldBy, kernelAndBias, type LayerKind, trained } from "./layerKind.ts";
import { type KerasValue, range } from "./value.ts";

/** The parts of multi-head attention, and what Keras 3 calls the layers that hold them. */
const parts = [
  ["query", "query_dense"],
  ["key", "key_dense"],
  ["value", "value_dense"],
  ["attention_output", "output_dense"],
] as const;

/** A mask of more steps than this is no layer's of a net that fits anywhere. */
const maximumCausalSteps = 4096;

/** Query, value and key, which is the value where none is given. */
function operands(call: LayerCall): readonly [KerasValue, KerasValue, KerasValue] {
  const named = (name: string) => {
    const found = call.named.get(name);
    return found?.kind === "tensor" ? found.value : undefined;
  };
  const [first, second, third] = call.inputs;
  const query = first ?? named("query") ?? call.refuseInput("nothing");
  const value = second ?? named("value") ?? query;
  const mask = ["attention_mask", "query_mask", "value_mask", "key_mask"].some((name) => named(name) !== undefined);
  if (mask || [query, value].some((each) => each.mask !== undefined)) throw call.unsupported("attends with a mask");
  return [query, value, third ?? named("key") ?? value];
}

function multiHead(call: LayerCall): KerasValue | readonly KerasValue[] {
  const { settings, builder } = call;
  const [query, value, key] = operands(call);
  if ([query, value, key].some((each) => call.sizes(each).length !== 2))
    throw call.unsupported("attends over several axes");
  const heads = settings.size("num_heads");
  const keyWidth = settings.size("key_dim");
  const valueWidth = settings.raw("value_dim") === undefined ? keyWidth : settings.size("value_dim");
  /** N × T × D as N × heads × T × width. */
  const project = (x: KerasValue, part: string, width: number): string => {
    const [steps = 0, features = 0] = call.sizes(x);
    const kernel = call.reshape(call.weight(`${part}/kernel`, [features, heads, width]), [features, heads * width]);
    const product = call.add("MatMul", [call.kerasOrder(x), kernel]);
    const biased = withBias(call, product, `${part}/bias`, [heads, width], [heads * width]);
    return call.transpose(call.reshape(biased, [0, steps, heads, width]), [0, 2, 1, 3]);
  };
  const queries = call.add("Mul", [project(query, "query", keyWidth), builder.floats(1 / Math.sqrt(keyWidth))]);
  const keys = call.transpose(project(key, "key", keyWidth), [0, 1, 3, 2]);
  const values = project(value, "value", valueWidth);
  const scores = call.add("MatMul", [queries, keys]);
  const weights = call.add("Softmax", [causal(call, scores)], { axis: int(-1) });
  const [steps = 0, features = 0] = call.sizes(query);
  const joined = call.reshape(call.transpose(call.add("MatMul", [weights, values]), [0, 2, 1, 3]), [
    0,
    steps,
    heads * valueWidth,
  ]);
  const width = settings.integers("output_shape")?.[0] ?? features;
  const kernel = call.weight("attention_output/kernel", [heads, valueWidth, width]);
  const product = call.add("MatMul", [joined, call.reshape(kernel, [heads * valueWidth, width])]);
  const output = { value: withBias(call, product, "attention_output/bias", [width], [width]), moved: false };
  return call.option("return_attention_scores") === true ? [output, { value: weights, moved: false }] : output;
}

function withBias(
  call: LayerCall,
  value: string,
  name: string,
  stored: readonly number[],
  shape: readonly number[],
): string {
  if (!call.settings.flag("use_bias", true)) return value;
  return call.add("Add", [value, call.reshape(call.weight(name, stored), shape)]);
}

/** Scores with what lies ahead of each step taken out, where the layer was told to. */
function causal(call: LayerCall, scores: string): string {
  const isCausal = call.option("use_causal_mask") === true || call.settings.raw("causal") === true;
  if (!isCausal) return scores;
  const [rows, columns] = call.builder.shapeOf(scores).slice(-2).map(Number) as [number, number];
  if (!(rows <= maximumCausalSteps && columns <= maximumCausalSteps))
    throw call.unsupported("attends over too many steps");
  const mask = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) mask.fill(-1e9, row * columns + Math.min(columns, row + 1), (row + 1) * columns);
  return call.add("Add", [scores, call.builder.constant(float32Tensor([rows, columns], mask), `${call.path}/mask`)]);
}

/** Attention without projections: scores are products, or sums as Bahdanau has them. */
const single = (additive: boolean): LayerKind => ({
  weights: (settings: Settings) =>
    trained(
      ...(settings.flag("use_scale", additive) ? ["scale"] : []),
      ...(settings.text("score_mode", "dot") === "concat" ? ["concat_score_weight"] : []),
    ),
  lower(call) {
    const [query, value, key] = operands(call).map((each) => call.kerasOrder(each)) as [string, string, string];
    const { settings, builder } = call;
    const isScaled = settings.flag("use_scale", additive);
    const width = Number(builder.shapeOf(query).at(-1));
    let scores: string;
    if (additive || settings.text("score_mode", "dot") === "concat") {
      const rows = call.add("Unsqueeze", [query, builder.ints([2])]);
      const columns = call.add("Unsqueeze", [key, builder.ints([1])]);
      const sum = call.add("Add", [rows, columns]);
      // Additive attention weighs each feature; the other form scales their sum and weighs the result.
      const inner = isScaled && !additive ? call.add("Mul", [sum, call.weight("scale", [])]) : sum;
      const bent = call.add("Tanh", [inner]);
      const weighed = additive && isScaled ? call.add("Mul", [bent, call.weight("scale", [width])]) : bent;
      const total = call.reduce("ReduceSum", weighed, [-1], false);
      scores = additive ? total : call.add("Mul", [total, call.weight("concat_score_weight", [])]);
    } else {
      const product = call.add("MatMul", [query, call.transpose(key, range(0, 3).with(1, 2).with(2, 1))]);
      scores = isScaled ? call.add("Mul", [product, call.weight("scale", [])]) : product;
    }
    const weights = call.add("Softmax", [causal(call, scores)], { axis: int(-1) });
    const output = { value: call.add("MatMul", [weights, value]), moved: false };
    return call.option("return_attention_scores") === true ? [output, { value: weights, moved: false }] : output;
  },
});

/** Attention layers by class. */
export const attentionKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  [
    "MultiHeadAttention",
    {
      weights: (settings) => parts.flatMap(([name, holder]) => heldBy(holder, name, kernelAndBias(settings))),
      lower: multiHead,
    },
  ],
  ["Attention", single(false)],
  ["AdditiveAttention", single(true)],
]);
