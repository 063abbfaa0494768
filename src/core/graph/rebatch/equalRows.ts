import type { Graph } from "../graph.ts";
import { elementCount, type Tensor } from "../tensor.ts";

/**
 * Whether a value is the same at every index of an axis: a constant whose rows are equal, or something that was expanded or
 * filled.
 */
export function hasEqualRows(name: string, axis: number, graph: Graph): boolean {
  const maker = graph.nodes.find(({ outputs }) => outputs.includes(name));
  if (maker?.op === "Expand" || maker?.op === "ConstantOfShape") return true;
  const constant = maker?.op === "Constant" ? maker.attributes.get("value") : undefined;
  const tensor = constant?.type === "tensor" ? constant.value : graph.initializers.get(name);
  return tensor !== undefined && rowsAreEqual(tensor, axis);
}

function rowsAreEqual(tensor: Tensor, axis: number): boolean {
  // Rows of a leading axis lie one behind the other.
  if (elementCount(tensor.shape.slice(0, axis)) !== 1 || tensor.dtype === "string") return false;
  const bytes = tensor.bytes();
  const row = bytes.length / (tensor.shape[axis] ?? 1);
  return bytes.every((byte, i) => byte === bytes[i % row]);
}
