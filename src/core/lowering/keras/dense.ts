import { int, text } from "../../graph/attributes.ts";
import { activate } from "./activations.ts";
import type { LayerCall } from "./layerCall.ts";
import { kernelAndBias, type LayerKind, trained } from "./layerKind.ts";
import type { KerasValue } from "./value.ts";

/** y = f(x W + b) along the last axis; W is in × out. */
function dense(call: LayerCall): KerasValue {
  const { settings, input: x } = call;
  const units = settings.size("units");
  const sizes = call.sizes(x);
  const kernel = call.weight("kernel", [sizes.at(-1), units]);
  const bias = settings.flag("use_bias", true) ? [call.weight("bias", [units])] : [];
  const flat = call.kerasOrder(x);
  const product =
    sizes.length === 1
      ? call.add("Gemm", [flat, kernel, ...bias])
      : bias.reduce((sum, each) => call.add("Add", [sum, each]), call.add("MatMul", [flat, kernel]));
  return activate(call, { value: product, moved: false, mask: x.mask }, settings.raw("activation"));
}

/** A product by Einstein's summation, with a bias along some axes of the result. */
function einsumDense(call: LayerCall): KerasValue {
  const { settings, input: x } = call;
  const equation = settings.text("equation");
  const kernel = call.context.weights.get(`${call.path}/kernel`)?.shape ?? [];
  const bias = call.context.weights.get(`${call.path}/bias`)?.shape ?? [];
  const product = call.add("Einsum", [call.kerasOrder(x), call.weight("kernel", kernel)], { equation: text(equation) });
  const value =
    settings.raw("bias_axes") === undefined ? product : call.add("Add", [product, call.weight("bias", bias)]);
  return activate(call, { value, moved: false, mask: x.mask }, settings.raw("activation"));
}

/** One row of a table for each id. */
function embedding(call: LayerCall): KerasValue {
  const { settings, input: x, builder } = call;
  const table = call.weight("embeddings", [settings.size("input_dim"), settings.size("output_dim")]);
  const ids =
    builder.typeOf(x.value).dtype === "int64" ? x.value : call.add("Cast", [call.kerasOrder(x)], { to: int(7) });
  const mask = settings.flag("mask_zero", false)
    ? call.add("Not", [call.add("Equal", [ids, builder.ints(0)])])
    : undefined;
  return { value: call.add("Gather", [table, ids], { axis: int(0) }), moved: false, mask };
}

/** Layers that multiply by one matrix, by class. */
export const denseKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ["Dense", { weights: kernelAndBias, lower: dense }],
  [
    "EinsumDense",
    {
      weights: (settings) => trained("kernel", ...(settings.raw("bias_axes") === undefined ? [] : ["bias"])),
      lower: einsumDense,
    },
  ],
  ["Embedding", { weights: () => trained("embeddings"), lower: embedding }],
]);
