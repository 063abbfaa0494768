import type { Arguments } from "./arguments.ts";
import { reshape } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/**
 * Quantisation as arithmetic on floats: `clamp(round(x / scale) + zero, least, most)`. The integers of quantised formats stay
 * floats on the way, which hold them exactly.
 */
function quantise(w: OnnxWriter, x: Operand, scale: Operand, zero: Operand, least: number, most: number): Operand {
  const rounded = w.add("Round", [w.add("Div", [x, scale])]);
  return w.add("Clip", [w.add("Add", [rounded, zero]), w.scalar(least), w.scalar(most)]);
}

function dequantise(w: OnnxWriter, x: Operand, scale: Operand, zero: Operand): Operand {
  return w.add("Mul", [w.add("Sub", [w.cast(x, "float"), zero]), scale]);
}

/** Scale and zero point as floats, along one axis of the tensor where there is one for each channel. */
function parameters(w: OnnxWriter, a: Arguments, x: Operand): [Operand, Operand] {
  const [scale, zero] = [w.cast(a.tensor(a.given("scales") ? "scales" : "scale"), "float"), zeroPoint(w, a)];
  if (!a.given("axis")) return [scale, zero];
  const shape = x.shape.map((size, axis) => (axis === a.number("axis") ? size : 1));
  return [reshape(w, scale, shape), reshape(w, zero, shape)];
}

function zeroPoint(w: OnnxWriter, a: Arguments): Operand {
  return w.cast(a.tensor(a.given("zero_points") ? "zero_points" : "zero_point"), "float");
}

function fake(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const [scale, zero] = parameters(w, a, x);
  return dequantise(w, quantise(w, x, scale, zero, a.number("quant_min"), a.number("quant_max")), scale, zero);
}

const range = "int quant_min, int quant_max";

/** Quantisation that a network was trained or exported with. */
export const quantisedOperators: readonly Operator[] = [
  operator(
    [
      `fake_quantize_per_tensor_affine(Tensor self, Number scale, Number zero_point, ${range})`,
      `fake_quantize_per_channel_affine(Tensor self, Tensor scale, Tensor zero_point, int axis, ${range})`,
    ],
    fake,
  ),
  operator(
    [
      `fake_quantize_per_tensor_affine_cachemask(Tensor self, Number scale, Number zero_point, ${range})`,
      `fake_quantize_per_channel_affine_cachemask(Tensor self, Tensor scale, Tensor zero_point, int axis, ${range})`,
    ],
    (w, a) => [fake(w, a), null],
  ),
  operator(
    [
      `quantize_per_tensor(Tensor input, Number scale, Number zero_point, ${range}, int dtype)`,
      `quantize_per_channel(Tensor input, Tensor scales, Tensor zero_points, int axis, ${range}, int dtype)`,
    ],
    (w, a) => {
      const x = a.tensor("input");
      return quantise(w, x, ...parameters(w, a, x), a.number("quant_min"), a.number("quant_max"));
    },
  ),
  operator(
    [
      `dequantize_per_tensor(Tensor input, Number scale, Number zero_point, ${range}, int dtype, *, int? out_dtype=None)`,
      `dequantize_per_channel(Tensor input, Tensor scales, Tensor? zero_points, int axis, ${range}, int dtype, *, int? out_dtype=None)`,
    ],
    (w, a) => {
      const x = a.tensor("input");
      return dequantise(w, x, ...parameters(w, a, x));
    },
  ),
];
