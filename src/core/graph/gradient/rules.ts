import type { Node } from "../graph.ts";
import type { GradientRule } from "./rule.ts";
import { activationRules } from "./rules/activations.ts";
import { arithmeticRules } from "./rules/arithmetic.ts";
import { averagePoolRules } from "./rules/averagePool.ts";
import { batchNormalization } from "./rules/batchNormalization.ts";
import { convolutionRules } from "./rules/convolution.ts";
import { einsum } from "./rules/einsum.ts";
import { functionRules } from "./rules/functions.ts";
import { gatherRules } from "./rules/gather.ts";
import { matrixRules } from "./rules/matrix.ts";
import { maxPool, maxUnpool } from "./rules/maxPool.ts";
import { normalizationRules } from "./rules/normalization.ts";
import { reductionRules } from "./rules/reductions.ts";
import { resize } from "./rules/resize.ts";
import { shapeRules } from "./rules/shapes.ts";
import { sliceRules } from "./rules/slices.ts";
import { softmaxRules } from "./rules/softmax.ts";

const rules: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ...activationRules,
  ...arithmeticRules,
  ...averagePoolRules,
  ...convolutionRules,
  ...functionRules,
  ...gatherRules,
  ...matrixRules,
  ...normalizationRules,
  ...reductionRules,
  ...shapeRules,
  ...sliceRules,
  ...softmaxRules,
  ["BatchNormalization", batchNormalization],
  ["Einsum", einsum],
  ["MaxPool", maxPool],
  ["MaxUnpool", maxUnpool],
  ["Resize", resize],
]);

/** How a node passes its gradient on; `undefined` where nobody has written it down. */
export function gradientRuleOf({ op, domain }: Node): GradientRule | undefined {
  return domain === "" || domain === "ai.onnx" ? rules.get(op) : undefined;
}
