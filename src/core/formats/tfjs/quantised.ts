import { Failure } from "../../failure.ts";
import { toFloat64 } from "../../graph/numbers.ts";
import type { DType, Tensor } from "../../graph/tensor.ts";
import { computed } from "../../graph/tensorViews.ts";
import { isObject, type Json, member } from "../keras/settings.ts";

/** How a weight was made smaller: `stored · scale + min`, or half precision. */
export interface Quantisation {
  readonly stored: DType;
  readonly scale: number;
  readonly min: number;
}

/** Reads a weight's `quantization`; `undefined` where it has none. @throws Failure `tfjs/dtype` */
export function readQuantisation(value: Json | undefined): Quantisation | undefined {
  if (value === undefined || value === null) return undefined;
  const stored = isObject(value) ? member(value, "dtype") : undefined;
  const [scale, min] = ["scale", "min"].map((name) => (isObject(value) ? member(value, name) : undefined));
  if (stored === "float16") return { stored, scale: 1, min: 0 };
  if ((stored !== "uint8" && stored !== "uint16") || typeof scale !== "number" || typeof min !== "number") {
    throw new Failure(
      "tfjs/dtype",
      `A weight is quantised in a way that is not read: ${JSON.stringify(stored ?? null)}.`,
    );
  }
  return { stored, scale, min };
}

/** A quantised weight's values. Half precision keeps its type. */
export function dequantised(tensor: Tensor, { stored, scale, min }: Quantisation, dtype: DType): Tensor {
  if (stored === "float16") return tensor;
  const values = computed(tensor.shape, () => toFloat64(tensor).map((value) => value * scale + min));
  if (dtype !== "int32") return values;
  return {
    dtype,
    shape: tensor.shape,
    bytes: () => new Uint8Array(Int32Array.from(toFloat64(tensor), (value) => Math.round(value * scale + min)).buffer),
  };
}
