import type { Settings } from "../../formats/keras/settings.ts";
import { float, int } from "../../graph/attributes.ts";
import type { LayerCall } from "./layerCall.ts";
import { type LayerKind, statistics, trained, type WeightSlot } from "./layerKind.ts";
import type { KerasValue } from "./value.ts";

/** Keras's own; other frameworks take 1e-5. */
const usualEpsilon = 1e-3;

const scaleAndOffset = (settings: Settings): WeightSlot[] =>
  trained(...(settings.flag("scale", true) ? ["gamma"] : []), ...(settings.flag("center", true) ? ["beta"] : []));

/** A trained vector, or ones or zeros where the layer was told to have none. */
function vector(call: LayerCall, name: "gamma" | "beta", size: number): string {
  const present = call.settings.flag(name === "gamma" ? "scale" : "center", true);
  if (present) return call.weight(name, [size]);
  return call.filled(name === "gamma" ? 1 : 0, [size]);
}

/** The axes that a layer names, counted from 0. */
function axesOf(call: LayerCall, rank: number, otherwise: number): number[] {
  return (call.settings.numbers("axis") ?? [otherwise]).map((axis) => call.axis(axis, rank));
}

function batchNormalization(call: LayerCall): KerasValue {
  const x = call.input;
  const sizes = call.sizes(x);
  const [axis, ...more] = axesOf(call, sizes.length + 1, -1);
  const isLast = axis === sizes.length;
  if (more.length > 0 || (axis !== 1 && !isLast)) throw call.unsupported("normalises along unusual axes");
  const moved = isLast && sizes.length > 1;
  const value = moved ? call.channelsFirst(x) : call.kerasOrder(x);
  const channels = sizes[axis! - 1]!;
  const weights = [
    vector(call, "gamma", channels),
    vector(call, "beta", channels),
    call.weight("moving_mean", [channels]),
    call.weight("moving_variance", [channels]),
  ];
  const epsilon = float(call.settings.number("epsilon", usualEpsilon));
  return { value: call.add("BatchNormalization", [value, ...weights], { epsilon }), moved, mask: x.mask };
}

function layerNormalization(call: LayerCall): KerasValue {
  const { settings, input: x } = call;
  const sizes = call.sizes(x);
  const axes = axesOf(call, sizes.length + 1, -1).sort((a, b) => a - b);
  const first = axes[0]!;
  if (axes.some((axis, i) => axis !== first + i) || axes.at(-1) !== sizes.length || first < 1) {
    throw call.unsupported("normalises along unusual axes");
  }
  if (settings.raw("rms_scaling") === true) throw call.unsupported("scales by the root mean square");
  const shape = sizes.slice(first - 1);
  const scale = settings.flag("scale", true) ? call.weight("gamma", shape) : call.filled(1, shape);
  const offset = settings.flag("center", true) ? [call.weight("beta", shape)] : [];
  const value = call.add("LayerNormalization", [call.kerasOrder(x), scale, ...offset], {
    axis: int(first - sizes.length - 1),
    epsilon: float(settings.number("epsilon", usualEpsilon)),
  });
  return { value, moved: false, mask: x.mask };
}

function groupNormalization(call: LayerCall): KerasValue {
  const x = call.input;
  const sizes = call.sizes(x);
  const [axis] = axesOf(call, sizes.length + 1, -1);
  const isLast = axis === sizes.length;
  if (sizes.length < 2 || (!isLast && axis !== 1)) throw call.unsupported("normalises along unusual axes");
  const value = isLast ? call.channelsFirst(x) : call.kerasOrder(x);
  const channels = sizes[axis! - 1]!;
  const groups = call.settings.raw("groups") === -1 ? channels : call.settings.size("groups", 32);
  const normalised = call.add(
    "GroupNormalization",
    [value, vector(call, "gamma", channels), vector(call, "beta", channels)],
    {
      num_groups: int(groups),
      epsilon: float(call.settings.number("epsilon", usualEpsilon)),
    },
  );
  return { value: normalised, moved: isLast };
}

/** Each sample divided by its length along an axis. */
function unitNormalization(call: LayerCall): KerasValue {
  const x = call.input;
  const value = call.kerasOrder(x);
  const axes = axesOf(call, call.shape(x).length, -1);
  const length = call.add("Max", [call.reduce("ReduceL2", value, axes, true), call.builder.floats(1e-12)]);
  return { value: call.add("Div", [value, length]), moved: false, mask: x.mask };
}

function rmsNormalization(call: LayerCall): KerasValue {
  const { settings, input: x, builder } = call;
  const sizes = call.sizes(x);
  const [axis, ...more] = axesOf(call, sizes.length + 1, -1);
  if (more.length > 0 || axis !== sizes.length) throw call.unsupported("normalises along unusual axes");
  const value = call.kerasOrder(x);
  const square = call.reduce("ReduceMean", call.add("Mul", [value, value]), [axis], true);
  const root = call.add("Sqrt", [call.add("Add", [square, builder.floats(settings.number("epsilon", 1e-6))])]);
  const scaled = call.add("Mul", [call.add("Div", [value, root]), call.weight("scale", [sizes.at(-1)])]);
  return { value: scaled, moved: false, mask: x.mask };
}

/** Normalization, whose mean and variance were measured on the training data or given. */
function featureNormalization(call: LayerCall): KerasValue {
  const { settings, input: x, builder } = call;
  const value = call.kerasOrder(x);
  const rank = call.shape(x).length;
  const sizes = call.sizes(x);
  const axes = axesOf(call, rank, -1);
  if (axes.some((axis) => axis < 1)) throw call.unsupported("normalises along unusual axes");
  const kept = sizes.map((size, i) => (axes.includes(i + 1) ? size : 1));
  const given = (name: string) => {
    const numbers = settings.numbers(name);
    if (!numbers)
      return call.reshape(
        call.weight(
          name,
          axes.map((axis) => sizes[axis - 1]),
        ),
        kept,
      );
    return numbers.length === 1 ? builder.floats(numbers[0]!) : call.reshape(builder.floats(numbers), kept);
  };
  const mean = given("mean");
  const deviation = call.add("Max", [call.add("Sqrt", [given("variance")]), builder.floats(1e-7)]);
  const result = settings.flag("invert", false)
    ? call.add("Add", [call.add("Mul", [value, deviation]), mean])
    : call.add("Div", [call.add("Sub", [value, mean]), deviation]);
  return { value: result, moved: false, mask: x.mask };
}

const isMeasured = (settings: Settings) => settings.raw("mean") === undefined;

/** Normalising layers by class. */
export const normalizationKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ...["BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"].map(
    (name): [string, LayerKind] => [
      name,
      {
        weights: (settings) => [...scaleAndOffset(settings), ...statistics("moving_mean", "moving_variance")],
        lower: batchNormalization,
      },
    ],
  ),
  ["LayerNormalization", { weights: scaleAndOffset, lower: layerNormalization }],
  ["GroupNormalization", { weights: scaleAndOffset, lower: groupNormalization }],
  ["UnitNormalization", { lower: unitNormalization }],
  ["RMSNormalization", { weights: () => trained("scale"), lower: rmsNormalization }],
  [
    "Normalization",
    {
      weights: (settings) => (isMeasured(settings) ? statistics("mean", "variance", "count") : []),
      lower: featureNormalization,
    },
  ],
]);
