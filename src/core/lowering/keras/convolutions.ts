import { int, ints } from "../../graph/attributes.ts";
import { activate } from "./activations.ts";
import type { LayerCall } from "./layerCall.ts";
import { kernelAndBias, type LayerKind, trained } from "./layerKind.ts";
import { pads, type Spatial, spatialInput, type Window } from "./spatial.ts";
import { range } from "./value.ts";

/** Keras keeps kernels as spatial × in × out; operators take out × in × spatial. The weight itself stays as it is stored. */
function outInSpatial(call: LayerCall, kernel: string, axes: number): string {
  return call.transpose(kernel, [axes + 1, axes, ...range(0, axes)]);
}

/** Spatial × channels × multiplier as (channels · multiplier) × 1 × spatial: each channel has its own filters. */
function perChannel(call: LayerCall, kernel: string, axes: number, size: readonly number[], filters: number): string {
  return call.reshape(call.transpose(kernel, [axes, axes + 1, ...range(0, axes)]), [filters, 1, ...size]);
}

function windowOf(call: LayerCall, axes: number): Window {
  return {
    size: call.settings.sizes("kernel_size", axes),
    strides: call.settings.sizes("strides", axes, 1),
    dilations: call.settings.sizes("dilation_rate", axes, 1),
  };
}

function convolve(call: LayerCall, input: Spatial, window: Window, weights: readonly string[], groups: number): string {
  return call.add("Conv", [input.value, ...weights], {
    kernel_shape: ints(window.size),
    strides: ints(window.strides),
    dilations: ints(window.dilations),
    pads: ints(pads(call, input.sizes, window)),
    group: int(groups),
  });
}

function bias(call: LayerCall, filters: number): readonly string[] {
  return call.settings.flag("use_bias", true) ? [call.weight("bias", [filters])] : [];
}

function finish(call: LayerCall, input: Spatial, value: string) {
  return activate(call, input.result(value), call.settings.raw("activation"));
}

const convolution = (axes: number): LayerKind => ({
  weights: kernelAndBias,
  lower(call) {
    const input = spatialInput(call, axes);
    const window = windowOf(call, axes);
    const filters = call.settings.size("filters");
    const groups = call.settings.size("groups", 1);
    const kernel = call.weight("kernel", [...window.size, input.channels / groups, filters]);
    const weights = [outInSpatial(call, kernel, axes), ...bias(call, filters)];
    return finish(call, input, convolve(call, input, window, weights, groups));
  },
});

const depthwise = (axes: number): LayerKind => ({
  weights: (settings) => trained("depthwise_kernel", ...(settings.flag("use_bias", true) ? ["bias"] : [])),
  lower(call) {
    const input = spatialInput(call, axes);
    const window = windowOf(call, axes);
    const multiplier = call.settings.size("depth_multiplier", 1);
    const filters = input.channels * multiplier;
    const kernel = call.weight("depthwise_kernel", [...window.size, input.channels, multiplier]);
    const weights = [perChannel(call, kernel, axes, window.size, filters), ...bias(call, filters)];
    return finish(call, input, convolve(call, input, window, weights, input.channels));
  },
});

const separable = (axes: number): LayerKind => ({
  weights: (settings) =>
    trained("depthwise_kernel", "pointwise_kernel", ...(settings.flag("use_bias", true) ? ["bias"] : [])),
  lower(call) {
    const input = spatialInput(call, axes);
    const window = windowOf(call, axes);
    const multiplier = call.settings.size("depth_multiplier", 1);
    const between = input.channels * multiplier;
    const filters = call.settings.size("filters");
    const depth = call.weight("depthwise_kernel", [...window.size, input.channels, multiplier]);
    const point = call.weight("pointwise_kernel", [...window.size.map(() => 1), between, filters]);
    const first = convolve(call, input, window, [perChannel(call, depth, axes, window.size, between)], input.channels);
    const second = call.add("Conv", [first, outInSpatial(call, point, axes), ...bias(call, filters)]);
    return finish(call, input, second);
  },
});

/** The gradient of a convolution as a layer: spatial × out × in in Keras, in × out × spatial here. */
const transposed = (axes: number): LayerKind => ({
  weights: kernelAndBias,
  lower(call) {
    const input = spatialInput(call, axes);
    const window = windowOf(call, axes);
    const filters = call.settings.size("filters");
    const extra =
      call.settings.raw("output_padding") !== undefined ? call.settings.sizes("output_padding", axes) : undefined;
    const isSame = call.settings.text("padding", "valid").toLowerCase() === "same";
    const kernel = call.weight("kernel", [...window.size, filters, input.channels]);
    // How much the full result, stride · (size − 1) + reach, is more than what Keras keeps of it.
    const surplus = input.sizes.map((size, i) => {
      const [stride, reach] = [window.strides[i]!, (window.size[i]! - 1) * window.dilations[i]! + 1];
      if (extra) return isSame ? 2 * Math.floor(window.size[i]! / 2) - extra[i]! : -extra[i]!;
      const kept = isSame ? size * stride : size * stride + Math.max(reach - stride, 0);
      return (size - 1) * stride + reach - kept;
    });
    const cut = surplus.map((sum) => Math.max(0, sum));
    const value = call.add("ConvTranspose", [input.value, outInSpatial(call, kernel, axes), ...bias(call, filters)], {
      kernel_shape: ints(window.size),
      strides: ints(window.strides),
      dilations: ints(window.dilations),
      pads: ints([...cut.map((sum) => Math.floor(sum / 2)), ...cut.map((sum) => Math.ceil(sum / 2))]),
      output_padding: ints(surplus.map((sum) => Math.max(0, -sum))),
    });
    return finish(call, input, value);
  },
});

/** Convolutions by class. */
export const convolutionKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ...[1, 2, 3].flatMap((axes): [string, LayerKind][] => [
    [`Conv${axes}D`, convolution(axes)],
    [`Convolution${axes}D`, convolution(axes)],
    [`Conv${axes}DTranspose`, transposed(axes)],
  ]),
  ...[1, 2].flatMap((axes): [string, LayerKind][] => [
    [`DepthwiseConv${axes}D`, depthwise(axes)],
    [`SeparableConv${axes}D`, separable(axes)],
  ]),
]);
