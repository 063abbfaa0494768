import { type Layer, parseLayer } from "../../formats/keras/model.ts";
import { isObject, type Settings } from "../../formats/keras/settings.ts";
import { int } from "../../graph/attributes.ts";
import { LayerCall } from "./layerCall.ts";
import { heldBy, type LayerKind, type WeightSlot } from "./layerKind.ts";
import { isRecurrent, recurrentWeights, reversed, runDirection } from "./recurrent.ts";
import type { KerasValue } from "./value.ts";

/** The layer that a wrapper's setting describes; `undefined` where there is none. */
export function innerLayer(settings: Settings, name: string): Layer | undefined {
  const description = settings.raw(name);
  return isObject(description) ? parseLayer(description, 0, 0) : undefined;
}

function forward(settings: Settings): Layer {
  const layer = innerLayer(settings, "layer");
  if (!layer) throw settings.wrong("layer", "describes no layer");
  return layer;
}

/** Keras 3 writes both directions down; Keras 2 the first alone, whose twin goes the other way. */
function bidirectionalWeights(settings: Settings): WeightSlot[] {
  const first = forward(settings).settings;
  const second = innerLayer(settings, "backward_layer")?.settings ?? first;
  return [
    ...heldBy("forward_layer", "forward", recurrentWeights(first)),
    ...heldBy("backward_layer", "backward", recurrentWeights(second)),
  ];
}

const merges: ReadonlyMap<string, string> = new Map([
  ["sum", "Add"],
  ["mul", "Mul"],
  ["ave", "Add"],
]);

function bidirectional(call: LayerCall): readonly KerasValue[] {
  const [x, ...states] = call.inputs;
  const first = forward(call.settings);
  const second = innerLayer(call.settings, "backward_layer") ?? first;
  if (!x || !isRecurrent(first.className) || !isRecurrent(second.className)) {
    throw call.unsupported(`runs the layer ${first.className} both ways`);
  }
  const half = states.length / 2;
  const values = states.map((state) => call.kerasOrder(state));
  const one = { className: first.className, settings: first.settings, prefix: "forward/", backwards: false };
  const other = { className: second.className, settings: second.settings, prefix: "backward/", backwards: true };
  const runs = [
    runDirection(call, x, one, values.slice(0, half)),
    runDirection(call, x, other, values.slice(half)),
  ] as const;
  const isSequence = first.settings.flag("return_sequences", false);
  const outputs = runs.map((run) => (isSequence ? run.steps : run.states[0]!));
  const given = first.settings.flag("return_state", false) ? runs.flatMap((run) => run.states) : [];
  const mode =
    call.settings.raw("merge_mode") === undefined && hasNoMode(call)
      ? "none"
      : call.settings.text("merge_mode", "concat");
  return [...merged(call, outputs, mode, isSequence), ...given].map((value) => ({ value, moved: false }));
}

/** `merge_mode: null` gives the directions one by one, the second as it met the steps; an absent setting is `concat`. */
function hasNoMode(call: LayerCall): boolean {
  return call.settings.has("merge_mode");
}

function merged(call: LayerCall, outputs: readonly string[], mode: string, isSequence: boolean): readonly string[] {
  const [one, other] = outputs as [string, string];
  if (mode === "none") return [one, isSequence ? reversed(call, other) : other];
  if (mode === "concat") return [call.add("Concat", outputs, { axis: int(-1) })];
  const operator = merges.get(mode);
  if (operator === undefined) throw call.unsupported(`merges by "${mode}"`);
  const value = call.add(operator, [one, other]);
  return [mode === "ave" ? call.add("Mul", [value, call.builder.floats(0.5)]) : value];
}

/** The inner layer on every step alone: steps become samples, and steps again. */
function timeDistributed(call: LayerCall): KerasValue {
  const x = call.input;
  const inner = forward(call.settings);
  const kind = call.context.kinds(inner);
  if (!kind) throw call.unsupported(`applies ${inner.className} to each step`);
  const [steps = 0, ...rest] = call.sizes(x);
  const merged = call.reshape(call.kerasOrder(x), [-1, ...rest]);
  const stepCall = new LayerCall(call.context, inner, call.path, [
    { kind: "tensor", value: { value: merged, moved: false } },
  ]);
  const [result] = [kind.lower(stepCall)].flat();
  if (!result) throw call.unsupported(`applies ${inner.className} to each step`);
  const sizes = stepCall.sizes(result);
  return { value: call.reshape(stepCall.kerasOrder(result), [-1, steps, ...sizes]), moved: false, mask: x.mask };
}

/** Layers around others, by class. */
export const wrapperKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ["Bidirectional", { weights: bidirectionalWeights, lower: bidirectional }],
  [
    "TimeDistributed",
    {
      weights: (settings, kinds) => {
        const inner = forward(settings);
        return heldBy("layer", "", kinds(inner)?.weights?.(inner.settings, kinds) ?? []);
      },
      lower: timeDistributed,
    },
  ],
]);
