import type { Node } from "../graph.ts";
import { contractionRules } from "./contraction.ts";
import { elementwiseRules } from "./elementwise.ts";
import { indexingRules } from "./indexing.ts";
import { microsoftRules } from "./microsoft.ts";
import { spatialRules } from "./spatial.ts";
import { structureRules } from "./structure.ts";
import type { ShapeRule } from "./value.ts";

const standardRules: ReadonlyMap<string, ShapeRule> = new Map([
  ...elementwiseRules,
  ...structureRules,
  ...indexingRules,
  ...spatialRules,
  ...contractionRules,
]);

/** The rule of a node's operator; `undefined` where it has none: operators whose shapes depend on data, and custom ones. */
export function shapeRuleOf({ op, domain }: Node): ShapeRule | undefined {
  if (domain === "" || domain === "ai.onnx") return standardRules.get(op);
  return domain === "com.microsoft" ? microsoftRules.get(op) : undefined;
}
