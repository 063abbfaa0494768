import { Failure } from "../../failure.ts";
import type { Node } from "../graph.ts";

/** The failure for a node whose meaning the newest operator set cannot express. */
export function cannotUpgrade(node: Node, from: number, why: string): Failure {
  const title = node.name || node.outputs[0] || "";
  return new Failure("onnx/unsupported-op", `${node.op} "${title}" of operator set ${from} ${why}.`, {
    hint: "Export the model with a newer opset (17 or higher).",
  });
}
