import { int, text } from "../../graph/attributes.ts";
import type { LayerCall } from "./layerCall.ts";
import type { LayerKind } from "./layerKind.ts";
import { resize } from "./preprocessing.ts";
import { type KerasValue, placeOfAxis, range } from "./value.ts";

/** Keras flattens in its own order, channels last, whatever form the value has in the graph. */
function flatten(call: LayerCall): KerasValue {
  const x = call.input;
  const rank = call.shape(x).length;
  const isFirst = call.settings.text("data_format", "channels_last") === "channels_first";
  const value = call.kerasOrder(x);
  const ordered = isFirst && rank > 2 ? call.transpose(value, [0, ...range(2, rank), 1]) : value;
  return { value: call.add("Flatten", [ordered], { axis: int(1) }), moved: false };
}

function reshape(call: LayerCall): KerasValue {
  const target = call.settings.integers("target_shape") ?? [];
  return { value: call.reshape(call.kerasOrder(call.input), shapeFor(call, target)), moved: false };
}

/** A target for one sample, with −1 for what is left, as a target for the samples, whose axis is taken over. */
export function shapeFor(call: LayerCall, target: readonly number[]): number[] {
  const sizes = call.sizes(call.input);
  const known = target.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  const count = sizes.reduce((product, size) => product * size, 1);
  const whole = target.map((size) => (size === -1 ? count / known : size));
  const fits = whole.every((size) => Number.isInteger(size) && size >= 0) && whole.reduce((a, b) => a * b, 1) === count;
  if (!fits) call.refuseInput(`${sizes.join(" × ")} to be reshaped to ${target.join(" × ")}`);
  return [0, ...whole];
}

function permute(call: LayerCall): KerasValue {
  const dims = call.settings.integers("dims") ?? [];
  const rank = call.shape(call.input).length;
  if ([...dims].sort((a, b) => a - b).join() !== range(1, rank).join()) call.refuseInput("axes that it cannot order");
  return { value: call.transpose(call.kerasOrder(call.input), [0, ...dims]), moved: false };
}

function repeat(call: LayerCall): KerasValue {
  const count = call.settings.size("n");
  const [width = 0] = call.sizes(call.input);
  const row = call.add("Unsqueeze", [call.kerasOrder(call.input), call.builder.ints([1])]);
  return { value: call.add("Expand", [row, call.builder.ints([1, count, width])]), moved: false };
}

/** Amounts before and after each spatial axis: one number, one per axis, or pairs. */
function margins(call: LayerCall, name: string, axes: number): readonly (readonly [number, number])[] {
  const raw = call.settings.raw(name) ?? 1;
  const isPair = axes === 1 && Array.isArray(raw) && raw.length === 2;
  const list = isPair ? [raw] : Array.isArray(raw) ? raw : new Array(axes).fill(raw);
  const pairs = list.map((each) => (Array.isArray(each) ? each : [each, each]).map(Number));
  const valid =
    pairs.length === axes &&
    pairs.every((pair) => pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0));
  if (!valid) throw call.settings.wrong(name, "has no amount for each side");
  return pairs as [number, number][];
}

/** Where the spatial axes of the input stand in the graph. */
function spatialPlaces(call: LayerCall, axes: number): readonly number[] {
  const x = call.input;
  const rank = call.shape(x).length;
  if (rank !== axes + 2) call.refuseInput(`samples of ${rank - 1} axes where it takes ${axes + 1}`);
  const first = call.settings.text("data_format", "channels_last") === "channels_first" ? 2 : 1;
  return range(first, first + axes).map((axis) => placeOfAxis(axis, rank, x.moved));
}

const zeroPadding = (axes: number): LayerKind => ({
  lower(call) {
    const x = call.input;
    const amounts = margins(call, "padding", axes);
    const pads = call.builder.ints(amounts.flatMap(([before]) => before).concat(amounts.map(([, after]) => after)));
    const places = call.builder.ints(spatialPlaces(call, axes));
    return {
      value: call.add("Pad", [x.value, pads, call.builder.floats(0), places], { mode: text("constant") }),
      moved: x.moved,
    };
  },
});

const cropping = (axes: number): LayerKind => ({
  lower(call) {
    const x = call.input;
    const amounts = margins(call, "cropping", axes);
    const places = spatialPlaces(call, axes);
    const shape = call.builder.shapeOf(x.value);
    const ends = places.map((place, i) => Number(shape[place]) - amounts[i]![1]);
    return {
      value: call.slice(
        x.value,
        amounts.map(([before]) => before),
        ends,
        places,
      ),
      moved: x.moved,
    };
  },
});

const upSampling = (axes: number): LayerKind => ({
  lower(call) {
    const x = call.input;
    const factors = call.settings.sizes(
      axes === 1 && call.settings.raw("size") === undefined ? "length" : "size",
      axes,
      2,
    );
    const places = spatialPlaces(call, axes);
    const method = call.settings.text("interpolation", "nearest");
    if (method !== "nearest") {
      const shape = call.builder.shapeOf(x.value);
      return resize(
        call,
        x,
        places,
        places.map((place, i) => Number(shape[place]) * factors[i]!),
        method,
      );
    }
    const scales = call.builder.shapeOf(x.value).map((_, place) => factors[places.indexOf(place)] ?? 1);
    const value = call.add("Resize", [x.value, "", call.builder.floats(scales)], {
      mode: text("nearest"),
      coordinate_transformation_mode: text("asymmetric"),
      nearest_mode: text("floor"),
    });
    return { value, moved: x.moved };
  },
});

/** Steps whose every feature is the mask's value do not count, and are zero from here on. */
function masking(call: LayerCall): KerasValue {
  const value = call.kerasOrder(call.input);
  const isMask = call.add("Equal", [value, call.builder.floats(call.settings.number("mask_value", 0))]);
  const counts = call.add("Sub", [call.builder.floats(1), call.add("Cast", [isMask], { to: int(1) })]);
  const kept = call.reduce("ReduceMax", counts, [-1], true);
  const mask = call.add("Squeeze", [call.add("Cast", [kept], { to: int(9) }), call.builder.ints([-1])]);
  return { value: call.add("Mul", [value, kept]), moved: false, mask };
}

/** Layers that order, cut or enlarge, by class. */
export const shapingKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ["Flatten", { lower: flatten }],
  ["Reshape", { lower: reshape }],
  ["Permute", { lower: permute }],
  ["RepeatVector", { lower: repeat }],
  ["Masking", { lower: masking }],
  ...[1, 2, 3].flatMap((axes): [string, LayerKind][] => [
    [`ZeroPadding${axes}D`, zeroPadding(axes)],
    [`Cropping${axes}D`, cropping(axes)],
    [`UpSampling${axes}D`, upSampling(axes)],
  ]),
]);
