import { int, ints } from "../../graph/attributes.ts";
import type { LayerCall } from "./layerCall.ts";
import type { LayerKind } from "./layerKind.ts";
import { pads, spatialInput } from "./spatial.ts";
import { type KerasValue, placeOfAxis, range } from "./value.ts";

const pool = (operator: "MaxPool" | "AveragePool", axes: number): LayerKind => ({
  lower(call) {
    const input = spatialInput(call, axes);
    const size = call.settings.sizes(
      axes === 1 && call.settings.raw("pool_size") === undefined ? "pool_length" : "pool_size",
      axes,
      2,
    );
    const strides = call.settings.raw("strides") === undefined ? size : call.settings.sizes("strides", axes);
    const value = call.add(operator, [input.value], {
      kernel_shape: ints(size),
      strides: ints(strides),
      pads: ints(pads(call, input.sizes, { size, strides, dilations: size.map(() => 1) })),
      // Keras takes the mean over what lies inside the image.
      ...(operator === "AveragePool" && { count_include_pad: int(0) }),
    });
    return input.result(value);
  },
});

const globalPool = (operator: "ReduceMax" | "ReduceMean", axes: number): LayerKind => ({
  lower(call) {
    const x = call.input;
    const keep = call.settings.flag("keepdims", false);
    const rank = call.shape(x).length;
    if (rank !== axes + 2) call.refuseInput(`samples of ${rank - 1} axes where it takes ${axes + 1}`);
    const last = call.settings.text("data_format", "channels_last") !== "channels_first";
    if (x.mask !== undefined && operator === "ReduceMean" && last) return maskedMean(call, x, x.mask, keep);
    const spatial = range(last ? 1 : 2, last ? rank - 1 : rank).map((axis) => placeOfAxis(axis, rank, x.moved));
    return { value: call.reduce(operator, x.value, spatial, keep), moved: keep && x.moved };
  },
});

/** Mean over the steps of a sequence that count. */
function maskedMean(call: LayerCall, x: KerasValue, mask: string, keep: boolean): KerasValue {
  const steps = call.add("Unsqueeze", [call.add("Cast", [mask], { to: int(1) }), call.builder.ints([2])]);
  const sum = call.reduce("ReduceSum", call.add("Mul", [call.kerasOrder(x), steps]), [1], keep);
  return { value: call.add("Div", [sum, call.reduce("ReduceSum", steps, [1], keep)]), moved: false };
}

/** Pooling layers by class. */
export const poolingKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>(
  [1, 2, 3].flatMap((axes): [string, LayerKind][] => [
    [`MaxPooling${axes}D`, pool("MaxPool", axes)],
    [`MaxPool${axes}D`, pool("MaxPool", axes)],
    [`AveragePooling${axes}D`, pool("AveragePool", axes)],
    [`AvgPool${axes}D`, pool("AveragePool", axes)],
    [`GlobalMaxPooling${axes}D`, globalPool("ReduceMax", axes)],
    [`GlobalMaxPool${axes}D`, globalPool("ReduceMax", axes)],
    [`GlobalAveragePooling${axes}D`, globalPool("ReduceMean", axes)],
    [`GlobalAvgPool${axes}D`, globalPool("ReduceMean", axes)],
  ]),
);
