import type { LayerCall } from "./layerCall.ts";
import type { KerasValue } from "./value.ts";

/** An image or sequence as ONNX operators take it: N × C × spatial axes. */
export interface Spatial {
  readonly value: string;
  readonly channels: number;
  readonly sizes: readonly number[];
  /** The result, in the same form, as a Keras value. */
  readonly result: (value: string) => KerasValue;
}

/** The input of a convolution or its like, whatever `data_format` says. */
export function spatialInput(call: LayerCall, axes: number): Spatial {
  const x = call.input;
  const sizes = call.sizes(x);
  if (sizes.length !== axes + 1) call.refuseInput(`samples of ${sizes.length} axes where it takes ${axes + 1}`);
  const last = call.settings.text("data_format", "channels_last") !== "channels_first";
  return {
    value: last ? call.channelsFirst(x) : call.kerasOrder(x),
    channels: (last ? sizes.at(-1) : sizes[0]) ?? 0,
    sizes: last ? sizes.slice(0, -1) : sizes.slice(1),
    result: (value) => ({ value, moved: last }),
  };
}

/** A window that slides over the spatial axes. */
export interface Window {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/**
 * Padding before each axis, then after each, as ONNX has it. `same` makes ⌈size / stride⌉ steps of it and puts the odd
 * element at the end; `causal` looks back alone.
 */
export function pads(call: LayerCall, sizes: readonly number[], window: Window): readonly number[] {
  const padding = call.settings.text("padding", "valid").toLowerCase();
  const reach = window.size.map((size, i) => (size - 1) * window.dilations[i]! + 1);
  if (padding === "causal") return [...reach.map((length) => length - 1), ...sizes.map(() => 0)];
  if (padding !== "same" && padding !== "valid") throw call.unsupported(`pads by "${padding}"`);
  const total = sizes.map((size, i) => {
    const stride = Math.max(1, window.strides[i]!);
    return padding === "same" ? Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach[i]! - size) : 0;
  });
  return [...total.map((sum) => Math.floor(sum / 2)), ...total.map((sum) => Math.ceil(sum / 2))];
}
