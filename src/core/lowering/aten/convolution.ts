import { int, ints } from "../../graph/attributes.ts";
import type { Attribute } from "../../graph/graph.ts";
import type { Arguments } from "./arguments.ts";
import { sizeAt, squeeze, unsqueeze } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** `padding="same"` puts the odd element at the end. */
function pads(w: OnnxWriter, a: Arguments, kernel: readonly number[], dilations: readonly number[]): number[] {
  if (a.given("padding") && !a.isList("padding") && a.text("padding") !== "") {
    if (a.text("padding") === "valid") return [...kernel, ...kernel].map(() => 0);
    const total = kernel.map((size, axis) => (size - 1) * dilations[axis]!);
    return [...total.map((each) => Math.floor(each / 2)), ...total.map((each) => Math.ceil(each / 2))];
  }
  const each = a.perAxis("padding", kernel.length);
  if (each.some((pad) => pad < 0)) throw w.unsupported("it has negative padding");
  return [...each, ...each];
}

function convolve(w: OnnxWriter, a: Arguments, transposed: boolean): Operand {
  const [input, weight] = [a.tensor("input"), a.tensor("weight")];
  const kernel = weight.shape.slice(2).map((_, axis) => sizeAt(w, weight, axis + 2));
  const dilations = a.perAxis("dilation", kernel.length);
  const attributes: Record<string, Attribute> = {
    kernel_shape: ints(kernel),
    strides: ints(a.perAxis("stride", kernel.length)),
    pads: ints(pads(w, a, kernel, dilations)),
    dilations: ints(dilations),
    group: int(a.number("groups")),
  };
  if (transposed) attributes.output_padding = ints(a.perAxis("output_padding", kernel.length));
  // A single sample may come without the samples' axis.
  const isSingle = input.shape.length === kernel.length + 1;
  const x = isSingle ? unsqueeze(w, input, [0]) : input;
  const bias = a.optionalTensor("bias");
  const y = w.add(transposed ? "ConvTranspose" : "Conv", [x, weight, bias], attributes);
  return isSingle ? squeeze(w, y, [0]) : y;
}

const ranks = ["1d", "2d", "3d"];

/** Convolutions, with and without `transposed`. */
export const convolutionOperators: readonly Operator[] = [
  ...ranks.map((rank) =>
    operator(
      [
        `conv${rank}(Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, int[] padding=0, int[] dilation=1, int groups=1)`,
        `conv${rank}.padding(Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, str padding='valid', int[] dilation=1, int groups=1)`,
      ],
      (w, a) => convolve(w, a, false),
    ),
  ),
  ...ranks.map((rank) =>
    operator(
      `conv_transpose${rank}(Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, int[] padding=0, int[] output_padding=0, int groups=1, int[] dilation=1)`,
      (w, a) => convolve(w, a, true),
    ),
  ),
  operator(
    "_convolution_mode(Tensor input, Tensor weight, Tensor? bias, int[] stride, str padding, int[] dilation, int groups)",
    (w, a) => convolve(w, a, false),
  ),
  operator(
    [
      "convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, bool transposed, int[] output_padding, int groups)",
      "_convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, bool transposed, int[] output_padding, int groups, bool benchmark=False, bool deterministic=False, bool cudnn_enabled=False, bool allow_tf32=False)",
    ],
    (w, a) => convolve(w, a, a.flag("transposed")),
  ),
];
