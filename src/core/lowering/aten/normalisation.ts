import { float, int } from "../../graph/attributes.ts";
import type { Arguments } from "./arguments.ts";
import { expand, reshape, sizeAt, squeeze, unsqueeze } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator, type Result } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** A constant for each of `count` channels. */
function each(w: OnnxWriter, value: number, shape: readonly number[]): Operand {
  return expand(w, w.scalar(value), shape);
}

/**
 * Batch normalisation by the running statistics, whether or not the graph was exported for training; where it keeps none,
 * a sample's result depends on the others of its batch, and that is refused.
 */
function batchNorm(w: OnnxWriter, a: Arguments, training: boolean): Operand {
  const x = a.tensor("input");
  const [mean, variance] = [a.optionalTensor("running_mean"), a.optionalTensor("running_var")];
  if ((!mean || !variance) && x.shape[0] === 1 && x.shape.length > 2) return alone(w, a);
  if (!mean || !variance) {
    throw w.trains(
      "normalises by the statistics of the batch and keeps no running ones: samples would change each other",
    );
  }
  if (training) evaluates(w);
  const channels = [sizeAt(w, x, 1)];
  const [weight, bias] = [
    a.optionalTensor("weight") ?? each(w, 1, channels),
    a.optionalTensor("bias") ?? each(w, 0, channels),
  ];
  const attributes = { epsilon: float(a.number("eps")) };
  return w.add("BatchNormalization", [x, weight, bias, mean, variance], attributes);
}

/**
 * Batch normalisation of one sample by its own statistics. Instance normalisation is written like this, with the samples
 * among the channels.
 */
function alone(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("input");
  const axes = w.ints(x.shape.slice(2).map((_, i) => i + 2));
  const centred = w.add("Sub", [x, w.add("ReduceMean", [x, axes], { keepdims: int(1) })]);
  const variance = w.add("ReduceMean", [w.add("Mul", [centred, centred]), axes], { keepdims: int(1) });
  const deviation = w.add("Sqrt", [w.add("Add", [variance, w.scalar(a.number("eps"))])]);
  const y = w.add("Div", [centred, deviation]);
  const [weight, bias] = [a.optionalTensor("weight"), a.optionalTensor("bias")];
  const shape = [1, x.shape[1]!, ...x.shape.slice(2).map(() => 1)];
  const scaled = weight ? w.add("Mul", [y, reshape(w, weight, shape)]) : y;
  return bias ? w.add("Add", [scaled, reshape(w, bias, shape)]) : scaled;
}

/** Notes that a graph that trains is run as one that does not. */
export function evaluates(w: OnnxWriter): void {
  w.notice(
    "training-mode",
    "It was exported in training mode; batch normalisation and dropout are run in evaluation mode.",
  );
}

function layerNorm(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("input");
  const shape = a.numbers("normalized_shape");
  const weight = a.optionalTensor("weight") ?? each(w, 1, shape);
  const attributes = { axis: int(-shape.length), epsilon: float(a.number("eps")) };
  return w.add("LayerNormalization", [x, weight, a.optionalTensor("bias")], attributes);
}

/** `GroupNormalization` wants an axis behind the channels. */
function groupNorm(w: OnnxWriter, a: Arguments, groups: number): Operand {
  const x = a.tensor("input");
  const channels = [sizeAt(w, x, 1)];
  const [weight, bias] = [
    a.optionalTensor("weight") ?? each(w, 1, channels),
    a.optionalTensor("bias") ?? each(w, 0, channels),
  ];
  const isFlat = x.shape.length === 2;
  const attributes = { num_groups: int(groups), epsilon: float(a.number("eps")) };
  const y = w.add("GroupNormalization", [isFlat ? unsqueeze(w, x, [2]) : x, weight, bias], attributes);
  return isFlat ? squeeze(w, y, [2]) : y;
}

function instanceNorm(w: OnnxWriter, a: Arguments): Operand {
  if (!a.flag("use_input_stats")) return batchNorm(w, a, false);
  const x = a.tensor("input");
  const channels = [sizeAt(w, x, 1)];
  const [weight, bias] = [
    a.optionalTensor("weight") ?? each(w, 1, channels),
    a.optionalTensor("bias") ?? each(w, 0, channels),
  ];
  return w.add("InstanceNormalization", [x, weight, bias], { epsilon: float(a.number("eps")) });
}

function rmsNorm(w: OnnxWriter, a: Arguments): Operand {
  const x = a.tensor("input");
  const axes = a.numbers("normalized_shape").map((_, i) => -1 - i);
  const mean = w.add("ReduceMean", [w.add("Mul", [x, x]), w.ints(axes)], { keepdims: int(1) });
  // Where none is given, PyTorch takes the distance from 1 to the next float32.
  const shifted = w.add("Add", [mean, w.scalar(a.optionalNumber("eps") ?? 2 ** -23)]);
  const y = w.add("Div", [x, w.add("Sqrt", [shifted])]);
  const weight = a.optionalTensor("weight");
  return weight ? w.add("Mul", [y, weight]) : y;
}

/** `g · v / ‖v‖` with the norm over all axes but one (`dim` -1: over all). */
function weightNorm(w: OnnxWriter, a: Arguments): Operand {
  const [v, g, dim] = [a.tensor("v"), a.tensor("g"), a.number("dim")];
  const axes = [...v.shape.keys()].filter((axis) => axis !== dim);
  const norm = w.add("ReduceL2", [v, w.ints(axes)], { keepdims: int(1) });
  return w.add("Mul", [v, w.add("Div", [g, norm])]);
}

/** What every form of batch normalisation takes first. */
const bn = "Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var";

/** What the functional form gives beside the result: nothing saved, the running statistics as they were. */
function withStatistics(a: Arguments, y: Operand): Result {
  return [y, null, null, a.tensor("running_mean"), a.tensor("running_var")];
}

/** Normalisations. */
export const normalisationOperators: readonly Operator[] = [
  operator(`batch_norm(${bn}, bool training, float momentum, float eps, bool cudnn_enabled=False)`, (w, a) =>
    batchNorm(w, a, a.flag("training")),
  ),
  operator(
    [
      `native_batch_norm(${bn}, bool training, float momentum, float eps)`,
      `_native_batch_norm_legit(${bn}, bool training, float momentum, float eps)`,
      `_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? bias, bool training, float momentum, float eps)`,
    ],
    (w, a) => [batchNorm(w, a, a.flag("training")), null, null],
  ),
  operator(`_native_batch_norm_legit_no_training(${bn}, float momentum, float eps)`, (w, a) => [
    batchNorm(w, a, false),
    null,
    null,
  ]),
  operator(`_native_batch_norm_legit_functional(${bn}, bool training, float momentum, float eps)`, (w, a) =>
    withStatistics(a, batchNorm(w, a, a.flag("training"))),
  ),
  operator(`_batch_norm_no_update(${bn}, float momentum, float eps)`, (w, a) => [
    batchNorm(w, a, false),
    null,
    null,
    null,
  ]),
  operator(`_batch_norm_with_update(${bn}, float momentum, float eps)`, (w, a) => [
    batchNorm(w, a, true),
    null,
    null,
    null,
  ]),
  operator(`_batch_norm_with_update_functional(${bn}, float momentum, float eps)`, (w, a) => [
    batchNorm(w, a, true),
    null,
    null,
    null,
    a.tensor("running_mean"),
    a.tensor("running_var"),
  ]),
  operator(
    "layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-5, bool cudnn_enable=True)",
    layerNorm,
  ),
  operator(
    "native_layer_norm(Tensor input, int[] normalized_shape, Tensor? weight, Tensor? bias, float eps)",
    (w, a) => [layerNorm(w, a), null, null],
  ),
  operator(
    "group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-5, bool cudnn_enabled=True)",
    (w, a) => groupNorm(w, a, a.number("num_groups")),
  ),
  operator(
    "native_group_norm(Tensor input, Tensor? weight, Tensor? bias, int N, int C, int HxW, int group, float eps)",
    (w, a) => [groupNorm(w, a, a.number("group")), null, null],
  ),
  operator(
    `instance_norm(${bn}, bool use_input_stats, float momentum, float eps, bool cudnn_enabled=False)`,
    instanceNorm,
  ),
  operator("rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None)", rmsNorm),
  operator("_fused_rms_norm(Tensor input, int[] normalized_shape, Tensor? weight, float? eps)", (w, a) => [
    rmsNorm(w, a),
    null,
  ]),
  operator("_weight_norm(Tensor v, Tensor g, int dim=0)", weightNorm),
  operator("_weight_norm_interface(Tensor v, Tensor g, int dim=0)", (w, a) => [weightNorm(w, a), null]),
];
