import { attribute } from "../graph.ts";
import { type Upgrade, withAttributes } from "./build.ts";
import { cannotUpgrade } from "./refuse.ts";

/**
 * BatchNormalization before operator set 14 chose training by its outputs (before 7 by `is_test`, too): with the batch's
 * statistics as outputs it trained. Before 9, `spatial = 0` meant statistics for every element of a sample.
 */
export const batchNormalization: Upgrade = (node, from, build) => {
  if (node.outputs.slice(1).some((output) => build.knowledge.isUsed(output))) {
    throw cannotUpgrade(node, from, "is in training mode");
  }
  const plain = withAttributes(
    { ...node, outputs: node.outputs.slice(0, 1) },
    { is_test: undefined, spatial: undefined },
  );
  if (from >= 9 || attribute(node, "spatial", "int") !== 0) return plain;
  const [x = "", scale = "", bias = "", mean = "", variance = ""] = node.inputs;
  const epsilon = build.scalar(attribute(node, "epsilon", "float") ?? 1e-5, x);
  const deviation = build.add("Sqrt", [build.add("Add", [variance, epsilon])]);
  const standard = build.add("Div", [build.add("Sub", [x, mean]), deviation]);
  const scaled = build.add("Mul", [standard, scale]);
  return { ...plain, op: "Add", inputs: [scaled, bias], attributes: new Map() };
};

/**
 * Dropout before operator set 12 had its ratio as an attribute. Before 7 it dropped unless `is_test` was set; from then
 * on it did nothing when run for inference. What the mask then held was never said.
 */
export const dropout: Upgrade = (node, from, build) => {
  if (from < 7 && attribute(node, "is_test", "int") !== 1) throw cannotUpgrade(node, from, "drops at random");
  const [output = "", mask = ""] = node.outputs;
  if (build.knowledge.isUsed(mask)) throw cannotUpgrade(node, from, "gives its mask");
  return withAttributes({ ...node, outputs: [output] }, { is_test: undefined, ratio: undefined });
};

/** GroupNormalization before operator set 21 had one scale and bias per group; since then there is one per channel. */
export const groupNormalization: Upgrade = (node, from, build) => {
  const [x = "", scale = "", bias = ""] = node.inputs;
  const groups = attribute(node, "num_groups", "int");
  if (groups === undefined) throw cannotUpgrade(node, from, "has no num_groups");
  const channels = build.add("Shape", [x], { start: { type: "int", value: 1 }, end: { type: "int", value: 2 } });
  const shape = build.add("Concat", [build.ints([groups]), build.add("Div", [channels, build.ints([groups])])], {
    axis: { type: "int", value: 0 },
  });
  const perChannel = (values: string): string => {
    const wide = build.add("Expand", [build.withTrailingOnes(values, 1), shape]);
    return build.add("Reshape", [wide, build.ints([-1])]);
  };
  return { ...node, inputs: [x, perChannel(scale), perChannel(bias)] };
};
