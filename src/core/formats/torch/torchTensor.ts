import { toFloat64 } from "../../graph/numbers.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { computed } from "../../graph/tensorViews.ts";
import type { TorchStorage } from "./storage.ts";
import { type StridedLayout, stridedTensor } from "./strided.ts";

/** A tensor as a pickle describes it: a layout over a storage whose bytes may not be known yet. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly layout: StridedLayout;
  readonly quantizer: Quantizer | undefined;

  constructor(storage: TorchStorage, layout: StridedLayout, quantizer?: Quantizer) {
    this.storage = storage;
    this.layout = layout;
    this.quantizer = quantizer;
  }

  /** The tensor's elements; a quantised one gives the float32 numbers that it stands for. */
  tensor(): Tensor {
    const stored = stridedTensor(this.storage.open(), this.layout);
    const { quantizer } = this;
    return quantizer === undefined ? stored : computed(stored.shape, () => dequantized(stored, quantizer));
  }
}

/** How integers stand for numbers: `(integer − zeroPoint) · scale`, one pair for all or one per position of an axis. */
export type Quantizer =
  | { readonly kind: "tensor"; readonly scale: number; readonly zeroPoint: number }
  | { readonly kind: "channel"; readonly scales: TorchTensor; readonly zeroPoints: TorchTensor; readonly axis: number };

function dequantized(stored: Tensor, quantizer: Quantizer): Float32Array {
  const integers = toFloat64(stored);
  const perChannel = quantizer.kind === "channel";
  const scales = perChannel ? toFloat64(quantizer.scales.tensor()) : [quantizer.scale];
  const zeros = perChannel ? toFloat64(quantizer.zeroPoints.tensor()) : [quantizer.zeroPoint];
  const channels = perChannel ? (stored.shape[quantizer.axis] ?? 1) : 1;
  const inner = perChannel ? stored.shape.slice(quantizer.axis + 1).reduce((a, b) => a * b, 1) : 1;
  // PyTorch rounds the scale to float32 before it multiplies.
  return Float32Array.from(integers, (integer, i) => {
    const channel = Math.floor(i / inner) % channels;
    return (integer - (zeros[channel] ?? 0)) * Math.fround(scales[channel] ?? 1);
  });
}
