import { isObject, type Json, member, Settings } from "../../formats/keras/settings.ts";
import { float, int, text } from "../../graph/attributes.ts";
import type { LayerCall } from "./layerCall.ts";
import type { LayerKind } from "./layerKind.ts";
import { trained } from "./layerKind.ts";
import { type KerasValue, placeOfAxis } from "./value.ts";

/** A function of single elements. */
type Elementwise = (call: LayerCall, x: string) => string;

const op =
  (name: string): Elementwise =>
  (call, x) =>
    call.add(name, [x]);

const relu6: Elementwise = (call, x) => call.add("Clip", [x, call.builder.floats(0), call.builder.floats(6)]);

/** Functions of Keras's `activations` module by name; `softmax` and its like work on an axis and stand apart. */
const functions: ReadonlyMap<string, Elementwise> = new Map<string, Elementwise>([
  ["linear", (_, x) => x],
  ["relu", op("Relu")],
  ["relu6", relu6],
  ["sigmoid", op("Sigmoid")],
  ["tanh", op("Tanh")],
  ["softplus", op("Softplus")],
  ["softsign", op("Softsign")],
  ["exponential", op("Exp")],
  ["elu", (call, x) => call.add("Elu", [x], { alpha: float(1) })],
  ["selu", op("Selu")],
  ["celu", (call, x) => call.add("Celu", [x], { alpha: float(1) })],
  ["gelu", (call, x) => call.add("Gelu", [x], { approximate: text("none") })],
  ["gelu_approximate", (call, x) => call.add("Gelu", [x], { approximate: text("tanh") })],
  ["silu", (call, x) => call.add("Mul", [x, call.add("Sigmoid", [x])])],
  ["hard_sigmoid", (call, x) => call.add("HardSigmoid", [x], hardSigmoid(call))],
  ["hard_silu", op("HardSwish")],
  ["mish", op("Mish")],
  ["hard_tanh", (call, x) => call.add("Clip", [x, call.builder.floats(-1), call.builder.floats(1)])],
  ["leaky_relu", (call, x) => call.add("LeakyRelu", [x], { alpha: float(0.2) })],
  ["log_sigmoid", (call, x) => call.add("Neg", [call.add("Softplus", [call.add("Neg", [x])])])],
]);

const synonyms: ReadonlyMap<string, string> = new Map([
  ["swish", "silu"],
  ["hard_swish", "hard_silu"],
  ["exp", "exponential"],
]);

const overAxis: ReadonlyMap<string, string> = new Map([
  ["softmax", "Softmax"],
  ["log_softmax", "LogSoftmax"],
]);

/** Slope and offset of the straight piece: Keras 3 changed them to a sixth and a half. */
export function hardSigmoid({ context }: LayerCall) {
  return { alpha: float(context.kerasVersion >= 3 ? 1 / 6 : 0.2), beta: float(0.5) };
}

/** Names that a setting such as `activation` gives; layers may stand there, too. */
export function activationName(value: Json | undefined): string {
  if (value === undefined) return "linear";
  if (typeof value === "string") return synonyms.get(value) ?? value;
  if (!isObject(value)) return "?";
  const config = member(value, "config");
  const className = member(value, "class_name");
  // A function is written as an object of its name; what Keras calls a layer here is found by its class.
  if (className === "function" && typeof config === "string") return activationName(config);
  return typeof className === "string" ? className : "?";
}

/** Whether a function of this name can be written down. */
export function knowsActivation(value: Json | undefined): boolean {
  const name = activationName(value);
  return functions.has(name) || overAxis.has(name) || (isObject(value) && name in activationLayers);
}

/** The function that a setting names, applied; the mask stays. */
export function activate(call: LayerCall, x: KerasValue, setting: Json | undefined): KerasValue {
  const name = activationName(setting);
  const overAxisOp = overAxis.get(name);
  if (overAxisOp !== undefined) return softmax(call, overAxisOp, x, -1);
  const layer = isObject(setting) && Object.hasOwn(activationLayers, name) ? activationLayers[name] : undefined;
  if (layer) {
    const config = isObject(setting) ? member(setting, "config") : undefined;
    return layer(call, x, new Settings(isObject(config) ? config : {}, `the activation of "${call.path}"`));
  }
  const apply = functions.get(name);
  if (!apply) throw call.unsupported(`uses the function "${name}"`);
  return { ...x, value: apply(call, x.value) };
}

/** A function of single elements by its name in Keras; `undefined` for one that is not known. */
export function elementwise(name: string): Elementwise | undefined {
  return functions.get(synonyms.get(name) ?? name);
}

/** Softmax along an axis, as Keras counts. */
export function softmax(call: LayerCall, operator: string, x: KerasValue, axis: number): KerasValue {
  const rank = call.shape(x).length;
  return {
    ...x,
    value: call.add(operator, [x.value], { axis: int(placeOfAxis(call.axis(axis, rank), rank, x.moved)) }),
  };
}

/** Layers that do nothing but apply a function. */
const activationLayers: Readonly<Record<string, (call: LayerCall, x: KerasValue, settings: Settings) => KerasValue>> = {
  ReLU: (call, x, settings) => ({ ...x, value: generalRelu(call, x.value, settings) }),
  LeakyReLU: (call, x, settings) => ({
    ...x,
    value: call.add("LeakyRelu", [x.value], {
      alpha: float(settings.optionalNumber("negative_slope") ?? settings.number("alpha", 0.3)),
    }),
  }),
  ELU: (call, x, settings) => ({
    ...x,
    value: call.add("Elu", [x.value], { alpha: float(settings.number("alpha", 1)) }),
  }),
  ThresholdedReLU: (call, x, settings) => ({
    ...x,
    value: call.add("ThresholdedRelu", [x.value], { alpha: float(settings.number("theta", 1)) }),
  }),
  Softmax: (call, x, settings) => {
    const axes = settings.numbers("axis") ?? [-1];
    if (axes.length !== 1) throw call.unsupported("takes a softmax over several axes");
    return softmax(call, "Softmax", x, axes[0] ?? -1);
  },
};

/** The ReLU layer: a slope below the threshold, a ceiling above. */
function generalRelu(call: LayerCall, x: string, settings: Settings): string {
  const { builder } = call;
  const ceiling = settings.optionalNumber("max_value");
  const slope = settings.number("negative_slope", 0);
  const threshold = settings.number("threshold", 0);
  if (slope === 0 && threshold === 0) {
    return ceiling === undefined
      ? call.add("Relu", [x])
      : call.add("Clip", [x, builder.floats(0), builder.floats(ceiling)]);
  }
  const below = call.add("Mul", [call.add("Sub", [x, builder.floats(threshold)]), builder.floats(slope)]);
  const isAbove = call.add("GreaterOrEqual", [x, builder.floats(threshold)]);
  const joined = call.add("Where", [isAbove, x, below]);
  return ceiling === undefined ? joined : call.add("Min", [joined, builder.floats(ceiling)]);
}

/** One slope per element or, along `shared_axes`, for all of them; its axes follow those of the value. */
function prelu(call: LayerCall): KerasValue {
  const x = call.input;
  const shared = call.settings.numbers("shared_axes") ?? [];
  const sizes = call.sizes(x).map((size, i) => (shared.includes(i + 1) ? 1 : size));
  const alpha = call.weight("alpha", sizes);
  const rank = sizes.length;
  const slope = x.moved ? call.transpose(alpha, [rank - 1, ...Array.from({ length: rank - 1 }, (_, i) => i)]) : alpha;
  return { ...x, value: call.add("PRelu", [x.value, slope]) };
}

/** Activation layers by class. */
export const activationKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ["Activation", { lower: (call) => activate(call, call.input, call.settings.raw("activation")) }],
  ["PReLU", { weights: () => trained("alpha"), lower: prelu }],
  ...Object.entries(activationLayers).map(
    ([name, apply]) => [name, { lower: (call: LayerCall) => apply(call, call.input, call.settings) }] as const,
  ),
]);
