import { float, int, text } from "../../graph/attributes.ts";
import type { Arguments } from "./arguments.ts";
import { axisOf, reshape, sizeAt, slice, where } from "./layout.ts";
import { evaluates } from "./normalisation.ts";
import type { Operand } from "./operand.ts";
import { alias, type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** An activation that ONNX has under a name of its own and without settings. */
const named = (name: string, op: string) => operator(`${name}(Tensor self)`, (w, a) => w.add(op, [a.tensor("self")]));

function silu(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  return w.add("Mul", [x, w.add("Sigmoid", [x])]);
}

/** `log(1 + exp(beta·x)) / beta`, and the identity where `beta·x` is beyond the threshold. */
function softplus(w: OnnxWriter, a: Arguments): Operand {
  const [x, beta] = [a.tensor("self"), a.number("beta")];
  const scaled = beta === 1 ? x : w.add("Mul", [x, w.scalar(beta)]);
  const smooth = w.add("Softplus", [scaled]);
  const y = beta === 1 ? smooth : w.add("Div", [smooth, w.scalar(beta)]);
  return where(w, w.add("Greater", [scaled, w.scalar(a.number("threshold"))]), x, y);
}

/** `scale · (max(0, x) + min(0, alpha · (exp(input_scale · x) - 1)))`. */
function elu(w: OnnxWriter, a: Arguments): Operand {
  const [alpha, scale, inputScale] = [a.number("alpha"), a.number("scale"), a.number("input_scale")];
  const x = a.tensor("self");
  if (scale === 1 && inputScale === 1) return w.add("Elu", [x], { alpha: float(alpha) });
  const grown = w.add("Sub", [w.add("Exp", [w.add("Mul", [x, w.scalar(inputScale)])]), w.scalar(1)]);
  const low = w.add("Mul", [grown, w.scalar(alpha * scale)]);
  return where(w, w.add("Greater", [x, w.scalar(0)]), w.add("Mul", [x, w.scalar(scale)]), low);
}

/** A slope for negative elements: one, or one for each channel (axis 1). */
function prelu(w: OnnxWriter, x: Operand, slope: Operand): Operand {
  const channels = slope.shape.length === 1 && slope.shape[0] !== 1 && x.shape.length > 2;
  const shaped = channels ? reshape(w, slope, [sizeAt(w, slope, 0), ...x.shape.slice(2).map(() => 1)]) : slope;
  return w.add("PRelu", [x, shaped]);
}

function normalised(w: OnnxWriter, op: string, x: Operand, dim: number): Operand {
  if (x.shape.length === 0) return op === "Softmax" ? w.scalar(1) : w.scalar(0);
  return w.add(op, [w.cast(x, "float")], { axis: int(axisOf(w, dim, x.shape.length)) });
}

/** Rows in which everything is masked become zeros. */
function safeSoftmax(w: OnnxWriter, x: Operand, dim: number): Operand {
  const axes = w.ints([axisOf(w, dim, x.shape.length)]);
  const isMasked = w.add("Equal", [w.add("ReduceMax", [x, axes], { keepdims: int(1) }), w.scalar(-Infinity)]);
  return where(w, isMasked, w.scalar(0), normalised(w, "Softmax", x, dim));
}

function gated(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("self");
  const axis = axisOf(w, a.number("dim"), x.shape.length);
  const half = sizeAt(w, x, axis) / 2;
  return w.add("Mul", [slice(w, x, axis, 0, half), w.add("Sigmoid", [slice(w, x, axis, half, undefined)])]);
}

/** Dropout changes nothing in evaluation mode, in which every graph is run. */
function dropped(w: OnnxWriter, a: Arguments): Operand {
  if (a.flag("train") && a.number("p") !== 0) evaluates(w);
  return a.tensor("input");
}

/** Activations, softmax, and dropout. */
export const activationOperators: readonly Operator[] = [
  operator("relu(Tensor self)", (w, a) => w.add("Relu", [a.tensor("self")])),
  operator("relu6(Tensor self)", (w, a) => w.add("Clip", [a.tensor("self"), w.scalar(0), w.scalar(6)])),
  operator("hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1)", (w, a) =>
    w.add("Clip", [a.tensor("self"), w.scalar(a.number("min_val")), w.scalar(a.number("max_val"))]),
  ),
  operator("gelu(Tensor self, *, str approximate='none')", (w, a) =>
    w.add("Gelu", [a.tensor("self")], { approximate: text(a.text("approximate")) }),
  ),
  operator("silu(Tensor self)", silu),
  named("hardswish", "HardSwish"),
  named("mish", "Mish"),
  named("softsign", "Softsign"),
  operator("hardsigmoid(Tensor self)", (w, a) =>
    w.add("HardSigmoid", [a.tensor("self")], { alpha: float(1 / 6), beta: float(0.5) }),
  ),
  operator("leaky_relu(Tensor self, Scalar negative_slope=0.01)", (w, a) =>
    w.add("LeakyRelu", [a.tensor("self")], { alpha: float(a.number("negative_slope")) }),
  ),
  operator("elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1)", elu),
  named("selu", "Selu"),
  operator("celu(Tensor self, Scalar alpha=1)", (w, a) =>
    w.add("Celu", [a.tensor("self")], { alpha: float(a.number("alpha")) }),
  ),
  operator("softplus(Tensor self, Scalar beta=1, Scalar threshold=20)", softplus),
  operator(["prelu(Tensor self, Tensor weight)"], (w, a) => prelu(w, a.tensor("self"), a.tensor("weight"))),
  operator("_prelu_kernel(Tensor self, Tensor weight)", (w, a) =>
    w.add("PRelu", [a.tensor("self"), a.tensor("weight")]),
  ),
  operator("rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False)", (w, a) => {
    if (a.flag("training")) evaluates(w);
    const slope = (a.number("lower") + a.number("upper")) / 2;
    return w.add("LeakyRelu", [a.tensor("self")], { alpha: float(slope) });
  }),
  operator("softshrink(Tensor self, Scalar lambd=0.5)", (w, a) =>
    w.add("Shrink", [a.tensor("self")], { bias: float(a.number("lambd")), lambd: float(a.number("lambd")) }),
  ),
  operator("hardshrink(Tensor self, Scalar lambd=0.5)", (w, a) =>
    w.add("Shrink", [a.tensor("self")], { bias: float(0), lambd: float(a.number("lambd")) }),
  ),
  operator("threshold(Tensor self, Scalar threshold, Scalar value)", (w, a) => {
    const x = a.tensor("self");
    return where(w, w.add("Greater", [x, w.scalar(a.number("threshold"))]), x, w.scalar(a.number("value")));
  }),
  operator("log_sigmoid(Tensor self)", (w, a) => w.add("Neg", [w.add("Softplus", [w.add("Neg", [a.tensor("self")])])])),
  operator("log_sigmoid_forward(Tensor self)", (w, a) => [
    w.add("Neg", [w.add("Softplus", [w.add("Neg", [a.tensor("self")])])]),
    null,
  ]),
  operator("glu(Tensor self, int dim=-1)", gated),
  operator(
    ["softmax.int(Tensor self, int dim, int? dtype=None)", "_softmax(Tensor self, int dim, bool half_to_float)"],
    (w, a) => normalised(w, "Softmax", a.tensor("self"), a.number("dim")),
  ),
  operator("_safe_softmax(Tensor self, int dim, int? dtype=None)", (w, a) =>
    safeSoftmax(w, a.tensor("self"), a.number("dim")),
  ),
  operator(
    [
      "log_softmax.int(Tensor self, int dim, int? dtype=None)",
      "_log_softmax(Tensor self, int dim, bool half_to_float)",
    ],
    (w, a) => normalised(w, "LogSoftmax", a.tensor("self"), a.number("dim")),
  ),
  alias(
    ["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"].map(
      (name) => `${name}(Tensor input, float p, bool train)`,
    ),
    dropped,
  ),
  operator("native_dropout(Tensor input, float p, bool? train)", (w, a) => [dropped(w, a), null]),
];
