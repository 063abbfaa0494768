import type { Layer } from "../../formats/keras/model.ts";
import { isObject, type Json, member } from "../../formats/keras/settings.ts";
import { float, int } from "../../graph/attributes.ts";
import { elementwise, softmax } from "./activations.ts";
import type { CallArgument, LayerCall } from "./layerCall.ts";
import type { LayerKind } from "./layerKind.ts";
import { sameRank } from "./merging.ts";
import { type KerasValue, placeOfAxis, range } from "./value.ts";

/**
 * Functions that a functional model calls between its layers: `x + 1`, `tf.reshape(x, …)`. Keras 2 writes `TFOpLambda`
 * layers that name a function of TensorFlow, Keras 3 operations of a module `keras.ops`.
 */

/** Names of one function in TensorFlow and in `keras.ops`, without case and underscores. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["truediv", "divide"],
  ["div", "divide"],
  ["realdiv", "divide"],
  ["truedivide", "divide"],
  ["sub", "subtract"],
  ["mul", "multiply"],
  ["pow", "power"],
  ["neg", "negative"],
  ["abs", "absolute"],
  ["reducemean", "mean"],
  ["reducesum", "sum"],
  ["reducemax", "max"],
  ["reducemin", "min"],
  ["concat", "concatenate"],
  ["clipbyvalue", "clip"],
  ["converttotensor", "identity"],
  ["stopgradient", "identity"],
  ["swish", "silu"],
  ["addv2", "add"],
]);

const binary: ReadonlyMap<string, string> = new Map([
  ["add", "Add"],
  ["subtract", "Sub"],
  ["multiply", "Mul"],
  ["divide", "Div"],
  ["maximum", "Max"],
  ["minimum", "Min"],
  ["power", "Pow"],
]);

const unary: ReadonlyMap<string, string> = new Map([
  ["negative", "Neg"],
  ["absolute", "Abs"],
  ["sqrt", "Sqrt"],
  ["exp", "Exp"],
  ["log", "Log"],
  ["sin", "Sin"],
  ["cos", "Cos"],
  ["floor", "Floor"],
  ["ceil", "Ceil"],
  ["sign", "Sign"],
  ["erf", "Erf"],
]);

const reductions: ReadonlyMap<string, string> = new Map([
  ["mean", "ReduceMean"],
  ["sum", "ReduceSum"],
  ["max", "ReduceMax"],
  ["min", "ReduceMin"],
  ["prod", "ReduceProd"],
]);

type Operation = (call: LayerCall) => KerasValue;

/** Functions that take more than values: axes, shapes, bounds. */
const others: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["identity", (call) => call.input],
  ["cast", (call) => ({ ...call.input, value: call.add("Cast", [call.input.value], { to: int(1) }) })],
  ["square", (call) => ({ ...call.input, value: call.add("Mul", [call.input.value, call.input.value]) })],
  ["rsqrt", (call) => ({ ...call.input, value: call.add("Reciprocal", [call.add("Sqrt", [call.input.value])]) })],
  ["softmax", (call) => softmax(call, "Softmax", call.input, axisOf(call, 1, -1))],
  ["logsoftmax", (call) => softmax(call, "LogSoftmax", call.input, axisOf(call, 1, -1))],
  ["leakyrelu", leakyRelu],
  ["clip", clip],
  ["reshape", reshape],
  ["transpose", transpose],
  [
    "expanddims",
    (call) =>
      keras(call, (x) => call.add("Unsqueeze", [x, call.builder.ints([behindSamples(call, axisOf(call, 1, -1), 1)])])),
  ],
  [
    "squeeze",
    (call) =>
      keras(call, (x) => call.add("Squeeze", [x, call.builder.ints([behindSamples(call, axisOf(call, 1), 0)])])),
  ],
  ["concatenate", concatenate],
  ["stack", stack],
  ["matmul", matmul],
  ["getitem", getItem],
]);

/** The function that a layer of this kind calls; `undefined` for layers proper. */
function functionName(layer: Layer): string | undefined {
  if (layer.className === "SlicingOpLambda") return "getitem";
  if (layer.className === "TFOpLambda") return layer.settings.text("function", "").split(".").at(-1);
  return /^(?:tf_)?keras\.(?:src\.)?ops(?:\.|$)/.test(layer.module) ? layer.className : undefined;
}

/** How an operation between layers is written down; `undefined` where the layer is none, or its function is not known. */
export function operationKind(layer: Layer): LayerKind | undefined {
  const raw = functionName(layer)?.replaceAll("_", "").toLowerCase();
  const name = raw === undefined ? undefined : (synonyms.get(raw) ?? raw);
  if (name === undefined) return undefined;
  const two = binary.get(name);
  if (two !== undefined) return { lower: (call) => pair(call, two) };
  const one = unary.get(name);
  if (one !== undefined) return { lower: (call) => ({ ...call.input, value: call.add(one, [call.input.value]) }) };
  const reduction = reductions.get(name);
  if (reduction !== undefined) return { lower: (call) => reduce(call, reduction) };
  const other = others.get(name);
  if (other) return { lower: other };
  const apply = [...activationNames].find((known) => known.replaceAll("_", "") === name);
  const activation = apply === undefined ? undefined : elementwise(apply);
  return activation && { lower: (call) => ({ ...call.input, value: activation(call, call.input.value) }) };
}

/** Activations that are called as functions, too. */
const activationNames =
  "relu relu6 sigmoid tanh softplus softsign elu selu celu gelu silu hard_sigmoid hard_silu mish hard_tanh log_sigmoid".split(
    " ",
  );

/** The argument at a place, or under one of its names. */
function argument(call: LayerCall, place: number, ...names: readonly string[]): CallArgument | undefined {
  return call.arguments[place] ?? names.map((name) => call.named.get(name)).find((found) => found !== undefined);
}

function constant(call: LayerCall, place: number, ...names: readonly string[]): Json | undefined {
  const found = argument(call, place, ...names);
  const value = found?.kind === "constant" ? found.value : undefined;
  return value ?? call.settings.raw(names[0] ?? "");
}

function axisOf(call: LayerCall, place: number, otherwise?: number): number {
  const value = constant(call, place, "axis", "dim");
  const axis = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof axis === "number" && Number.isInteger(axis)) return axis;
  if (axis === undefined && otherwise !== undefined) return otherwise;
  throw call.unsupported("works on an axis that is not given as a number");
}

/** An axis that is not that of the samples, which must stay first. @param added axes of the result beyond the input's */
function behindSamples(call: LayerCall, axis: number, added: number): number {
  const place = axis < 0 ? axis + call.shape(call.input).length + added : axis;
  if (place < 1) throw call.unsupported("changes the samples' axis");
  return place;
}

function keras(call: LayerCall, build: (x: string) => string): KerasValue {
  return { value: build(call.kerasOrder(call.input)), moved: false };
}

/** Two operands, of which one may be a number or a list. */
function pair(call: LayerCall, operator: string): KerasValue {
  const operands = [argument(call, 0, "x", "x1"), argument(call, 1, "y", "x2", "b")];
  const values = operands.map((operand) => {
    if (operand?.kind === "tensor") return operand.value;
    if (operand?.kind === "constant" && typeof operand.value === "number") return operand.value;
    throw call.unsupported("takes an operand that is neither tensor nor number");
  });
  const { values: names, moved } = call.alike(
    sameRank(
      call,
      values.filter((value) => typeof value !== "number"),
    ),
  );
  const tensors = names.values();
  const inputs = values.map((value) =>
    typeof value === "number" ? call.builder.floats(value) : tensors.next().value!,
  );
  return { value: call.add(operator, inputs), moved };
}

function reduce(call: LayerCall, operator: string): KerasValue {
  const x = call.input;
  const rank = call.shape(x).length;
  const raw = constant(call, 1, "axis");
  if (raw === undefined) throw call.unsupported("reduces over the samples");
  const axes = (Array.isArray(raw) ? raw : [raw]).map((axis) => call.axis(Number(axis), rank));
  const places = axes.map((axis) => placeOfAxis(axis, rank, x.moved));
  const keep = constant(call, 2, "keepdims") === true;
  // Without the channels' axis, what is left stands in Keras's order.
  const channelsGo = places.includes(1);
  const value = x.moved && !keep && !channelsGo && rank - axes.length > 2 ? undefined : x.value;
  if (value !== undefined) return { value: call.reduce(operator, value, places, keep), moved: keep && x.moved };
  return { value: call.reduce(operator, call.kerasOrder(x), axes, keep), moved: false };
}

function leakyRelu(call: LayerCall): KerasValue {
  const slope = constant(call, 1, "alpha", "negative_slope") ?? call.settings.raw("negative_slope") ?? 0.2;
  return { ...call.input, value: call.add("LeakyRelu", [call.input.value], { alpha: float(Number(slope)) }) };
}

function clip(call: LayerCall): KerasValue {
  const bounds = [constant(call, 1, "x_min", "clip_value_min"), constant(call, 2, "x_max", "clip_value_max")].map(
    Number,
  );
  if (!bounds.every(Number.isFinite)) throw call.unsupported("is clipped by what is no number");
  return {
    ...call.input,
    value: call.add("Clip", [call.input.value, ...bounds.map((bound) => call.builder.floats(bound))]),
  };
}

function reshape(call: LayerCall): KerasValue {
  const target = constant(call, 1, "newshape", "shape");
  const sizes = Array.isArray(target) ? target.map((size) => (size === null ? -1 : Number(size))) : [];
  const [first, ...rest] = sizes;
  if (
    first !== -1 ||
    !rest.every((size) => Number.isInteger(size) && size >= -1) ||
    rest.filter((size) => size === -1).length > 1
  ) {
    throw call.unsupported("changes the samples' axis");
  }
  return keras(call, (x) => call.reshape(x, [0, ...rest]));
}

function transpose(call: LayerCall): KerasValue {
  const axes = constant(call, 1, "axes", "perm");
  const order = Array.isArray(axes) ? axes.map(Number) : [];
  const rank = call.shape(call.input).length;
  if (order[0] !== 0 || [...order].sort((a, b) => a - b).join() !== range(0, rank).join()) {
    throw call.unsupported("changes the samples' axis");
  }
  return keras(call, (x) => call.transpose(x, order));
}

function concatenate(call: LayerCall): KerasValue {
  const { values, moved } = call.alike(call.inputs);
  const rank = call.shape(call.input).length;
  const axis = placeOfAxis(behindSamples(call, axisOf(call, 1, -1), 0), rank, moved);
  return { value: call.add("Concat", values, { axis: int(axis) }), moved };
}

function stack(call: LayerCall): KerasValue {
  const axis = call.builder.ints([behindSamples(call, axisOf(call, 1), 1)]);
  const rows = call.inputs.map((x) => call.add("Unsqueeze", [call.kerasOrder(x), axis]));
  return { value: call.add("Concat", rows, { axis: int(behindSamples(call, axisOf(call, 1), 1)) }), moved: false };
}

function matmul(call: LayerCall): KerasValue {
  const operands = [argument(call, 0, "x1", "a"), argument(call, 1, "x2", "b")];
  const flags = [constant(call, 2, "transpose_a") === true, constant(call, 3, "transpose_b") === true];
  const values = operands.map((operand, i) => {
    if (operand?.kind !== "tensor") throw call.unsupported("multiplies by what is no tensor");
    const rank = call.shape(operand.value).length;
    const value = call.kerasOrder(operand.value);
    return flags[i] ? call.transpose(value, [...range(0, rank - 2), rank - 1, rank - 2]) : value;
  });
  return { value: call.add("MatMul", values), moved: false };
}

/** `x[:, 0]`, `x[..., 1:]`: slices and single places, behind the samples' axis. */
function getItem(call: LayerCall): KerasValue {
  const raw = constant(call, 1, "slice_spec", "key");
  const spec = (Array.isArray(raw) ? raw : [raw ?? null]).map(readSlice);
  const rank = call.shape(call.input).length;
  const ellipsis = spec.indexOf("all");
  const missing = rank - spec.filter((each) => each !== "all").length;
  const whole = new Array<Slice>(Math.max(0, missing)).fill({});
  const places =
    ellipsis < 0 ? [...spec, ...whole] : [...spec.slice(0, ellipsis), ...whole, ...spec.slice(ellipsis + 1)];
  const [samples, ...rest] = places;
  if (places.includes(undefined) || missing < 0 || !isWhole(samples))
    throw call.unsupported("takes out places that are not understood");
  let x = call.kerasOrder(call.input);
  const gone: number[] = [];
  for (const [i, place] of rest.entries()) {
    const axis = i + 1;
    if (typeof place === "number") {
      gone.push(axis);
      x = call.slice(x, [place], [place === -1 ? 2 ** 31 : place + 1], [axis]);
    } else if (typeof place === "object" && !isWhole(place)) {
      const { builder } = call;
      const step = place.step ?? 1;
      const ends = step < 0 ? [2 ** 31, -(2 ** 31)] : [0, 2 ** 31];
      const list = [place.start ?? ends[0]!, place.stop ?? ends[1]!, axis, step];
      x = call.add("Slice", [x, ...list.map((each) => builder.ints([each]))]);
    }
  }
  return { value: gone.length > 0 ? call.add("Squeeze", [x, call.builder.ints(gone)]) : x, moved: false };
}

interface Slice {
  readonly start?: number | undefined;
  readonly stop?: number | undefined;
  readonly step?: number | undefined;
}

function isWhole(slice: Slice | number | "all" | undefined): boolean {
  return typeof slice === "object" && slice.start === undefined && slice.stop === undefined && (slice.step ?? 1) === 1;
}

function readSlice(value: Json): Slice | number | "all" | undefined {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  if (!isObject(value)) return undefined;
  if (member(value, "class_name") === "__ellipsis__" || member(value, "type") === "ellipsis") return "all";
  const config = member(value, "config");
  const fields = isObject(config) ? config : value;
  const [start, stop, step] = ["start", "stop", "step"].map((name) => member(fields, name) ?? undefined);
  const numbers = [start, stop, step].every(
    (each) => each === undefined || (typeof each === "number" && Number.isInteger(each)),
  );
  return numbers && step !== 0 ? ({ start, stop, step } as Slice) : undefined;
}
