import { attribute, type Node } from "../graph.ts";
import { float32Tensor } from "../tensor.ts";
import { type Build, type Upgrade, withAttributes } from "./build.ts";

/**
 * Operators that were never more than experiments and left the standard in operator set 10; converters of 2018 wrote
 * them, and ONNX Runtime still runs them under the old numbers.
 */

/** α·x + β. */
export const affine: Upgrade = (node, _from, build) => {
  const [x = ""] = node.inputs;
  const scaled = build.add("Mul", [x, float(node, "alpha", 1, x, build)]);
  return replaced(node, "Add", [scaled, float(node, "beta", 0, x, build)]);
};

/** scale·x + bias, one bias per channel. */
export const imageScaler: Upgrade = (node, _from, build) => {
  const [x = ""] = node.inputs;
  const bias = attribute(node, "bias", "floats") ?? [];
  const scaled = build.add("Mul", [x, float(node, "scale", 1, x, build)]);
  const perChannel = build.tensor(float32Tensor([bias.length, 1, 1], bias));
  return replaced(node, "Add", [
    scaled,
    build.knowledge.onlyFloat32 ? perChannel : build.add("CastLike", [perChannel, x]),
  ]);
};

/** α·tanh(β·x). */
export const scaledTanh: Upgrade = (node, _from, build) => {
  const [x = ""] = node.inputs;
  const inner = build.add("Mul", [x, float(node, "beta", 1, x, build)]);
  return replaced(node, "Mul", [build.add("Tanh", [inner]), float(node, "alpha", 1, x, build)]);
};

/** α·log(1 + exp(β·x)). */
export const parametricSoftplus: Upgrade = (node, _from, build) => {
  const [x = ""] = node.inputs;
  const inner = build.add("Mul", [x, float(node, "beta", 1, x, build)]);
  return replaced(node, "Mul", [build.add("Softplus", [inner]), float(node, "alpha", 1, x, build)]);
};

/** Slice under an older name. */
export const dynamicSlice: Upgrade = (node) => ({ ...node, op: "Slice" });

/** Images without `border` = left, top, right, bottom; or `scale` = height, width of them from the upper left of that. */
export const crop: Upgrade = (node, _from, build) => {
  const [x = ""] = node.inputs;
  const [left = 0, top = 0, right = 0, bottom = 0] = attribute(node, "border", "ints") ?? [];
  const size = attribute(node, "scale", "ints");
  const [height, width] = size ?? [];
  const end = (start: number, length: number | undefined, behind: number): number => {
    if (length !== undefined) return start + length;
    return behind === 0 ? Number.POSITIVE_INFINITY : -behind;
  };
  const ends = [end(top, height, bottom), end(left, width, right)];
  return replaced(node, "Slice", [x, build.ints([top, left]), build.ints(ends), build.ints([2, 3])]);
};

/** Before operator set 9: over the pixels of each channel or of all, and without the division on request. */
export const meanVarianceNormalization: Upgrade = (node, _from, build) => {
  const [x = ""] = node.inputs;
  const axes = attribute(node, "across_channels", "int") === 1 ? [1, 2, 3] : [2, 3];
  if (attribute(node, "normalize_variance", "int") === 0) {
    return replaced(node, "Sub", [x, build.add("ReduceMean", [x, build.ints(axes)])]);
  }
  return withAttributes(node, {
    across_channels: undefined,
    normalize_variance: undefined,
    axes: { type: "ints", value: axes },
  });
};

function float(node: Node, name: string, otherwise: number, like: string, build: Build): string {
  return build.scalar(attribute(node, name, "float") ?? otherwise, like);
}

function replaced(node: Node, op: string, inputs: readonly string[]): Node {
  return { ...node, op, inputs, attributes: new Map() };
}
