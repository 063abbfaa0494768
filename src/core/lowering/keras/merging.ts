import { int } from "../../graph/attributes.ts";
import type { LayerCall } from "./layerCall.ts";
import type { LayerKind } from "./layerKind.ts";
import { type KerasValue, placeOfAxis, range } from "./value.ts";

/** Values of one rank: missing axes are put in behind the samples', as Keras has it. */
export function sameRank(call: LayerCall, values: readonly KerasValue[]): readonly KerasValue[] {
  const ranks = values.map((value) => call.shape(value).length);
  const rank = Math.max(...ranks);
  return values.map((value, i) =>
    ranks[i] === rank
      ? value
      : {
          value: call.add("Unsqueeze", [call.kerasOrder(value), call.builder.ints(range(1, 1 + rank - ranks[i]!))]),
          moved: false,
        },
  );
}

/** One operator over all inputs, two at a time. */
const folded = (operator: string): LayerKind => ({
  lower(call) {
    const { values, moved } = inputsAlike(call);
    return { value: fold(call, operator, values), moved, mask: call.input.mask };
  },
});

function inputsAlike(call: LayerCall) {
  return call.alike(sameRank(call, call.inputs.length > 0 ? call.inputs : [call.input]));
}

function fold(call: LayerCall, operator: string, values: readonly string[]): string {
  return values.reduce((left, right) => call.add(operator, [left, right]));
}

function average(call: LayerCall): KerasValue {
  const { values, moved } = inputsAlike(call);
  const sum = fold(call, "Add", values);
  return { value: call.add("Div", [sum, call.builder.floats(values.length)]), moved };
}

function concatenate(call: LayerCall): KerasValue {
  const { values, moved } = call.alike(call.inputs);
  const rank = call.shape(call.input).length;
  const axis = placeOfAxis(call.axis(call.settings.number("axis", -1), rank), rank, moved);
  return { value: call.add("Concat", values, { axis: int(axis) }), moved };
}

/** Products of two tensors along one axis of each, which other axes follow. */
function dot(call: LayerCall): KerasValue {
  const [a, b] = call.inputs;
  if (!a || !b) return call.refuseInput("fewer than two tensors");
  const ranks = [call.shape(a).length, call.shape(b).length] as const;
  const setting = call.settings.numbers("axes") ?? [-1];
  const axes = ranks.map((rank, i) => {
    return call.axis(setting[setting.length === 1 ? 0 : i] ?? -1, rank);
  });
  if (ranks.some((rank) => rank > 3)) throw call.unsupported("multiplies unusual axes");
  const normalised = (value: string, axis: number) => {
    if (!call.settings.flag("normalize", false)) return value;
    const length = call.add("Max", [call.reduce("ReduceL2", value, [axis], true), call.builder.floats(1e-6)]);
    return call.add("Div", [value, length]);
  };
  /** N × rest × summed. */
  const rows = ({ value }: KerasValue, i: 0 | 1) => {
    const unit = normalised(value, axes[i]!);
    if (ranks[i] === 2) return call.add("Unsqueeze", [unit, call.builder.ints([1])]);
    return axes[i] === 2 ? unit : call.transpose(unit, [0, 2, 1]);
  };
  const left = rows({ value: call.kerasOrder(a), moved: false }, 0);
  const right = rows({ value: call.kerasOrder(b), moved: false }, 1);
  const product = call.add("MatMul", [left, call.transpose(right, [0, 2, 1])]);
  // Axes that were put in go again; two vectors leave one number.
  const extra = [ranks[0] === 2 && ranks[1] === 3 ? 1 : 0, ranks[1] === 2 ? 2 : 0].filter((axis) => axis > 0);
  return { value: extra.length > 0 ? call.add("Squeeze", [product, call.builder.ints(extra)]) : product, moved: false };
}

/** Layers of several inputs, by class. Early Keras 2 files hold the functions' names. */
export const mergingKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ["Add", folded("Add")],
  ["Subtract", folded("Sub")],
  ["Multiply", folded("Mul")],
  ["Maximum", folded("Max")],
  ["Minimum", folded("Min")],
  ["Average", { lower: average }],
  ["Concatenate", { lower: concatenate }],
  ["Dot", { lower: dot }],
]);
