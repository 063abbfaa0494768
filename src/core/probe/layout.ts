import { Failure } from "../failure.ts";
import { shapeText } from "../formats/storedArray.ts";
import type { Dim } from "../graph/graph.ts";
import { elementCount } from "../graph/tensor.ts";

/** How a probe's samples become a model's input: a reordering of each sample's values. */
export interface LayoutConversion {
  /** Shape of one sample as the model takes it, without the batch axis. */
  readonly shape: readonly number[];
  /** Axis of `shape` along which channels (or, for vectors, features) lie. */
  readonly channelAxis: number;
  /** For each value of a converted sample, its place in the probe's sample; `undefined` where nothing moves. */
  readonly order: Int32Array | undefined;
}

/**
 * Finds the conversion from a probe's samples to what a model takes: as it is, channels last, a grey image three times
 * over, without its channel axis, or flattened (in the order C × H × W, as PyTorch's `flatten` does).
 * @param sampleShape C × H × W, H × W, or any other shape of one sample
 * @param modelInput the model's declared input, batch axis first; symbols and unknown sizes accept anything
 * @throws Failure `probe/shape-mismatch` where no conversion leads there, `probe/ambiguous-layout` where two do
 */
export function fit(sampleShape: readonly number[], modelInput: readonly Dim[]): LayoutConversion {
  const wanted = modelInput.slice(1);
  if (sampleShape.length === 2 && wanted.length === 3) {
    const [height = 0, width = 0] = sampleShape;
    return fitImage([1, height, width], wanted, sampleShape, modelInput);
  }
  if (sampleShape.length === 3 && wanted.length === 3) return fitImage(sampleShape, wanted, sampleShape, modelInput);
  if (accepts(wanted, sampleShape)) {
    // Three-axis samples were handled above; of the rest the first axis counts as channels (features of a vector).
    return { shape: sampleShape, channelAxis: 0, order: undefined };
  }
  return reshaped(sampleShape, wanted) ?? mismatch(sampleShape, modelInput);
}

/** Height and width of the images that a model takes, or `undefined` where its input is no image or of any size. */
export function imageSize(modelInput: readonly Dim[]): readonly [height: number, width: number] | undefined {
  if (modelInput.length !== 4) return undefined;
  const [, first, second, third] = modelInput;
  const channelsFirst = isChannels(first) || !isChannels(third);
  const [height, width] = channelsFirst ? [second, third] : [first, second];
  return typeof height === "number" && typeof width === "number" ? [height, width] : undefined;
}

/**
 * Samples in a model's layout.
 * @param values `count × sampleShape`
 * @returns `count × conversion.shape`; the same array where nothing moves
 */
export function convert(
  values: Float32Array<ArrayBuffer>,
  count: number,
  conversion: LayoutConversion,
): Float32Array<ArrayBuffer> {
  const { order } = conversion;
  if (order === undefined || count === 0) return values;
  const from = values.length / count;
  const out = new Float32Array(count * order.length);
  for (let sample = 0; sample < count; sample++) {
    const source = values.subarray(sample * from, (sample + 1) * from);
    const target = out.subarray(sample * order.length, (sample + 1) * order.length);
    for (let i = 0; i < order.length; i++) target[i] = source[order[i]!]!;
  }
  return out;
}

/** Place in a C × H × W image of each value of the H × W × C image. */
export function channelsLastOrder(channels: number, height: number, width: number): Int32Array {
  const area = height * width;
  return Int32Array.from({ length: channels * area }, (_, i) => (i % channels) * area + Math.floor(i / channels));
}

type Image = readonly [channels: number, height: number, width: number];

function fitImage(
  image: readonly number[],
  wanted: readonly Dim[],
  sampleShape: readonly number[],
  modelInput: readonly Dim[],
): LayoutConversion {
  const [channels, height, width] = image as Image;
  // Channels first is ONNX's own convention, so it wins where sizes unknown or equal would allow both.
  if (accepts(wanted, [channels, height, width])) {
    return { shape: [channels, height, width], channelAxis: 0, order: undefined };
  }
  if (accepts(wanted, [height, width, channels])) {
    const order = channels === 1 ? undefined : channelsLastOrder(channels, height, width);
    return { shape: [height, width, channels], channelAxis: 2, order };
  }
  if (channels === 1) {
    const first = wanted[0] === 3 && accepts(wanted, [3, height, width]);
    const last = wanted[2] === 3 && accepts(wanted, [height, width, 3]);
    if (first && last) {
      throw new Failure(
        "probe/ambiguous-layout",
        `A grey image of ${height} × ${width} fits an input of ${shapeText(modelInput)} with channels first and last.`,
        { hint: "Give the probe the three channels the model takes." },
      );
    }
    const area = height * width;
    if (first) {
      return {
        shape: [3, height, width],
        channelAxis: 0,
        order: Int32Array.from({ length: 3 * area }, (_, i) => i % area),
      };
    }
    if (last) {
      const order = Int32Array.from({ length: 3 * area }, (_, i) => Math.floor(i / 3));
      return { shape: [height, width, 3], channelAxis: 2, order };
    }
  }
  return mismatch(sampleShape, modelInput);
}

/**
 * The same values in the same order under another shape: flattened images, images from vectors, a channel axis of one
 * dropped. At most one size of the model's may be unknown; sizes are never merged or split otherwise.
 */
function reshaped(sampleShape: readonly number[], wanted: readonly Dim[]): LayoutConversion | undefined {
  const flat = wanted.length === 1 || sampleShape.length === 1;
  const squeezed = sampleShape.filter((size) => size !== 1);
  const dropsOnes = wanted.length === squeezed.length && accepts(wanted, squeezed);
  if (!flat && !dropsOnes) return undefined;
  const values = elementCount(sampleShape);
  const known = wanted.filter((dim) => typeof dim === "number");
  const rest = values / elementCount(known);
  if (!Number.isInteger(rest) || wanted.length - known.length > (dropsOnes ? wanted.length : 1)) return undefined;
  if (known.length === wanted.length && rest !== 1) return undefined;
  const shape = dropsOnes ? squeezed : wanted.map((dim) => (typeof dim === "number" ? dim : rest));
  const channelsLast = shape.length === 3 && !isChannels(shape[0]) && isChannels(shape[2]);
  return { shape, channelAxis: channelsLast ? 2 : 0, order: undefined };
}

function accepts(wanted: readonly Dim[], shape: readonly number[]): boolean {
  return wanted.length === shape.length && wanted.every((dim, axis) => typeof dim !== "number" || dim === shape[axis]);
}

function isChannels(dim: Dim): boolean {
  return dim === 1 || dim === 3 || dim === 4;
}

function mismatch(sampleShape: readonly number[], modelInput: readonly Dim[]): never {
  throw new Failure(
    "probe/shape-mismatch",
    `The probe's samples are ${shapeText(sampleShape)}, but the model takes ${shapeText(modelInput)} (batch first).`,
    { hint: hintFor(sampleShape, modelInput) },
  );
}

function hintFor(sampleShape: readonly number[], modelInput: readonly Dim[]): string {
  const size = imageSize(modelInput);
  if (sampleShape.length === 3 && size !== undefined) {
    if (modelInput[1] === 1 && sampleShape[0] === 3) return "The model takes grey images: convert the probe to grey.";
    return `Give images of ${size[0]} × ${size[1]}; a folder of image files is resized by itself.`;
  }
  return "Choose a probe whose samples have the model's shape.";
}
