import * as parameters from "./attributesToInputs.ts";
import { broadcastOperands, gemm, prelu } from "./broadcasting.ts";
import type { Upgrade } from "./build.ts";
import * as defaults from "./defaults.ts";
import * as experimental from "./experimental.ts";
import { batchNormalization, dropout, groupNormalization } from "./normalization.ts";
import { resize, upsample } from "./resize.ts";
import { softmax } from "./softmax.ts";

/** The operators of ONNX's own domain that do not mean the same in every operator set up to 21. */
export interface Change {
  /** The first operator set whose form needs no rewriting. */
  readonly until: number;
  readonly upgrade: Upgrade;
}

const changes: Readonly<Record<string, Change>> = {
  Add: { until: 7, upgrade: broadcastOperands },
  Affine: { until: 10, upgrade: experimental.affine },
  And: { until: 7, upgrade: broadcastOperands },
  BatchNormalization: { until: 14, upgrade: batchNormalization },
  Cast: { until: 6, upgrade: defaults.cast },
  Clip: { until: 11, upgrade: parameters.clip },
  Concat: { until: 4, upgrade: defaults.concat },
  Crop: { until: 10, upgrade: experimental.crop },
  DFT: { until: 20, upgrade: parameters.dft },
  Div: { until: 7, upgrade: broadcastOperands },
  Dropout: { until: 12, upgrade: dropout },
  DynamicSlice: { until: 10, upgrade: experimental.dynamicSlice },
  Equal: { until: 7, upgrade: broadcastOperands },
  GRU: { until: 7, upgrade: defaults.recurrent },
  Gemm: { until: 7, upgrade: gemm },
  GlobalLpPool: { until: 2, upgrade: defaults.lpPool },
  Greater: { until: 7, upgrade: broadcastOperands },
  GridSample: { until: 20, upgrade: defaults.gridSample },
  GroupNormalization: { until: 21, upgrade: groupNormalization },
  Hardmax: { until: 13, upgrade: softmax },
  ImageScaler: { until: 10, upgrade: experimental.imageScaler },
  LSTM: { until: 7, upgrade: defaults.recurrent },
  Less: { until: 7, upgrade: broadcastOperands },
  LogSoftmax: { until: 13, upgrade: softmax },
  LpPool: { until: 2, upgrade: defaults.lpPool },
  MeanVarianceNormalization: { until: 9, upgrade: experimental.meanVarianceNormalization },
  Mul: { until: 7, upgrade: broadcastOperands },
  Or: { until: 7, upgrade: broadcastOperands },
  PRelu: { until: 7, upgrade: prelu },
  Pad: { until: 11, upgrade: parameters.pad },
  ParametricSoftplus: { until: 10, upgrade: experimental.parametricSoftplus },
  Pow: { until: 7, upgrade: broadcastOperands },
  RNN: { until: 7, upgrade: defaults.recurrent },
  ReduceL1: { until: 18, upgrade: parameters.axes },
  ReduceL2: { until: 18, upgrade: parameters.axes },
  ReduceLogSum: { until: 18, upgrade: parameters.axes },
  ReduceLogSumExp: { until: 18, upgrade: parameters.axes },
  ReduceMax: { until: 18, upgrade: parameters.axes },
  ReduceMean: { until: 18, upgrade: parameters.axes },
  ReduceMin: { until: 18, upgrade: parameters.axes },
  ReduceProd: { until: 18, upgrade: parameters.axes },
  ReduceSum: { until: 13, upgrade: parameters.axes },
  ReduceSumSquare: { until: 18, upgrade: parameters.axes },
  Reshape: { until: 5, upgrade: parameters.reshape },
  Resize: { until: 13, upgrade: resize },
  RoiAlign: { until: 16, upgrade: defaults.roiAlign },
  ScaledTanh: { until: 10, upgrade: experimental.scaledTanh },
  Scan: { until: 9, upgrade: defaults.scan },
  Scatter: { until: 11, upgrade: defaults.scatter },
  Selu: { until: 6, upgrade: defaults.selu },
  Slice: { until: 10, upgrade: parameters.slice },
  Softmax: { until: 13, upgrade: softmax },
  Split: { until: 18, upgrade: parameters.split },
  Squeeze: { until: 13, upgrade: parameters.axes },
  Sub: { until: 7, upgrade: broadcastOperands },
  Tile: { until: 6, upgrade: parameters.tile },
  TopK: { until: 10, upgrade: parameters.topK },
  Unsqueeze: { until: 13, upgrade: parameters.axes },
  Upsample: { until: 10, upgrade: upsample },
  Xor: { until: 7, upgrade: broadcastOperands },
};

/** By operator name, which comes from a file: a map, so that `constructor` is no operator. */
export const operatorChanges: ReadonlyMap<string, Change> = new Map(Object.entries(changes));
