import { Failure } from "../../failure.ts";
import { int, text } from "../../graph/attributes.ts";
import type { Attribute } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { computed } from "../../graph/tensorViews.ts";
import type { LayerCall } from "./layerCall.ts";
import type { LayerKind } from "./layerKind.ts";
import { type KerasValue, placeOfAxis } from "./value.ts";

/** How TensorFlow places pixels: their centres at halves. */
const modes: ReadonlyMap<string, Readonly<Record<string, Attribute>>> = new Map([
  // Halves go up, as ⌊x⌋ of the centre's place has it.
  ["nearest", { mode: text("nearest"), nearest_mode: text("round_prefer_ceil") }],
  ["bilinear", { mode: text("linear") }],
]);

/** An image at other sizes. @param places of the spatial axes in the graph @throws Failure for methods ONNX lacks */
export function resize(
  call: LayerCall,
  x: KerasValue,
  places: readonly number[],
  sizes: readonly number[],
  method: string,
): KerasValue {
  const mode = modes.get(method.toLowerCase());
  if (method.toLowerCase() === "bicubic" && places.length === 2) return bicubic(call, x, places, sizes);
  if (!mode) throw call.unsupported(`resizes by "${method}"`);
  const shape = call.builder.shapeOf(x.value);
  // Operators take images with their channels first.
  const moved = x.moved || (shape.length === 4 && places[0] === 1);
  const value = moved && !x.moved ? call.channelsFirst(x) : x.value;
  const scales = call.builder.shapeOf(value).map((size, place) => {
    const index = moved && !x.moved ? place - 2 : places.indexOf(place);
    return index >= 0 ? sizes[index]! / Number(size) : 1;
  });
  if (!scales.every((scale) => Number.isFinite(scale) && scale > 0)) call.refuseInput("an image of unknown size");
  const resized = call.add("Resize", [value, "", call.builder.floats(scales)], {
    ...mode,
    coordinate_transformation_mode: text("half_pixel"),
  });
  return { value: resized, moved };
}

/**
 * Cubic interpolation as products with a matrix for either axis. (The engine's own takes no image that becomes smaller
 * once its optimiser has moved the channels.)
 */
function bicubic(call: LayerCall, x: KerasValue, places: readonly number[], sizes: readonly number[]): KerasValue {
  const isLast = places[0] === 1;
  const value = isLast ? call.channelsFirst({ ...x, moved: false }) : x.value;
  const [height, width] = call.builder.shapeOf(value).slice(2).map(Number) as [number, number];
  const rows = call.builder.constant(cubicWeights(height, sizes[0]!), `${call.path}/rows`);
  const columns = call.transpose(call.builder.constant(cubicWeights(width, sizes[1]!), `${call.path}/columns`), [1, 0]);
  const resized = call.add("MatMul", [call.add("MatMul", [rows, value]), columns]);
  return { value: resized, moved: isLast || x.moved };
}

/** The largest side of an image that is resized so. */
const maximumSide = 8192;

/** What each new element takes of each old one, new × old: Keys' kernel with a = −½; what lies outside does not count. */
function cubicWeights(from: number, to: number): Tensor {
  if (!(from > 0 && to > 0 && from <= maximumSide && to <= maximumSide)) {
    throw new Failure("keras/bad-config", `An image is to be resized from ${from} to ${to}.`);
  }
  return computed([to, from], () => {
    const weights = new Float64Array(to * from);
    for (let row = 0; row < to; row++) {
      const centre = ((row + 0.5) * from) / to - 0.5;
      const taps = [-1, 0, 1, 2].map((step) => Math.floor(centre) + step).filter((at) => at >= 0 && at < from);
      const kernel = taps.map((at) => keys(Math.abs(centre - at)));
      const total = kernel.reduce((sum, weight) => sum + weight, 0);
      for (const [i, at] of taps.entries()) weights[row * from + at] = kernel[i]! / total;
    }
    return weights;
  });
}

function keys(distance: number): number {
  const [d, d2] = [distance, distance * distance];
  return d <= 1 ? 1.5 * d * d2 - 2.5 * d2 + 1 : -0.5 * d * d2 + 2.5 * d2 - 4 * d + 2;
}

/** Where height and width stand, as Keras counts, and their sizes. */
function imageAxes(call: LayerCall): { readonly axes: readonly [number, number]; readonly sizes: readonly number[] } {
  const sizes = call.sizes(call.input);
  if (sizes.length !== 3) call.refuseInput(`samples of ${sizes.length} axes where it takes images`);
  const first = call.settings.text("data_format", "channels_last") === "channels_first" ? 2 : 1;
  return { axes: [first, first + 1], sizes: sizes.slice(first - 1, first + 1) };
}

function resizing(call: LayerCall): KerasValue {
  const { settings, input: x } = call;
  const kept = ["crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"].find((name) => settings.raw(name) === true);
  if (kept) throw call.unsupported(`is told "${kept}"`);
  const { axes } = imageAxes(call);
  const places = axes.map((axis) => placeOfAxis(axis, 4, x.moved));
  const target = [settings.size("height"), settings.size("width")];
  return resize(call, x, places, target, settings.text("interpolation", "bilinear"));
}

function centerCrop(call: LayerCall): KerasValue {
  const { settings, input: x } = call;
  const { axes, sizes } = imageAxes(call);
  const target = [settings.size("height"), settings.size("width")];
  if (target.some((size, i) => size > sizes[i]!))
    throw call.unsupported("enlarges images that are smaller than its crop");
  if (target.every((size, i) => size === sizes[i])) return x;
  const places = axes.map((axis) => placeOfAxis(axis, 4, x.moved));
  const starts = sizes.map((size, i) => Math.floor((size - target[i]!) / 2));
  return {
    value: call.slice(
      x.value,
      starts,
      starts.map((at, i) => at + target[i]!),
      places,
    ),
    moved: x.moved,
  };
}

/** y = x · scale + offset; one number, or one per channel. */
function rescaling(call: LayerCall): KerasValue {
  const { settings, input: x, builder } = call;
  const constant = (name: string, otherwise: number): string => {
    const numbers = settings.numbers(name) ?? [otherwise];
    return builder.floats(numbers.length === 1 ? numbers[0]! : numbers);
  };
  const plain = [settings.numbers("scale"), settings.numbers("offset")].every((list) => (list?.length ?? 1) === 1);
  const value = plain ? x.value : call.kerasOrder(x);
  const asFloat = builder.typeOf(value).dtype === "float32" ? value : call.add("Cast", [value], { to: int(1) });
  const scaled = call.add("Mul", [asFloat, constant("scale", 1)]);
  const offset = settings.numbers("offset");
  const isZero = offset === undefined || offset.every((each) => each === 0);
  return { ...x, value: isZero ? scaled : call.add("Add", [scaled, constant("offset", 0)]), moved: plain && x.moved };
}

/** Layers that do something to inputs while training alone. */
const identity: LayerKind = { lower: (call) => call.input };

const trainingOnly =
  "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianNoise GaussianDropout AlphaDropout ActivityRegularization RandomFlip RandomRotation RandomTranslation RandomZoom RandomContrast RandomBrightness RandomHeight RandomWidth RandomColorJitter RandomColorDegeneration RandomErasing RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomSaturation RandomSharpness RandomShear RandomElasticTransform RandAugment AugMix MixUp CutMix Identity".split(
    " ",
  );

/** Layers that prepare inputs, by class. */
export const preprocessingKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ...trainingOnly.map((name): [string, LayerKind] => [name, identity]),
  ["Rescaling", { lower: rescaling }],
  ["Resizing", { lower: resizing }],
  ["CenterCrop", { lower: centerCrop }],
  // Outside training it cuts the middle out, as far as the image reaches.
  ["RandomCrop", { lower: centerCrop }],
]);
