import { attribute, type Node } from "../../graph/graph.ts";
import { toFloat64 } from "../../graph/numbers.ts";
import { elementCount, type Tensor } from "../../graph/tensor.ts";
import { leafOf } from "./modules.ts";
import type { OutputAxis, Recipe } from "./recipes.ts";
import { layerOperators, type Slot } from "./slots.ts";

/** What operators want in a slot, and what stands there. */

/** Biases of nothing but zeros and gains of nothing but ones, under names of the exporter's own, stand for none. */
export function isNoParameter(slot: Slot): boolean {
  if (!slot.invented && leafOf(slot.name) === slot.leaf) return false;
  const constant = constantOf(slot.tensor);
  if (constant === 0) return slot.leaf === "bias" || slot.leaf === "running_mean";
  return constant === 1 && !layerOperators.has(slot.node.op);
}

/** The number that all elements of a small tensor are; `undefined` where they differ. */
export function constantOf(tensor: Tensor): number | undefined {
  if (tensor.shape.length > 1 && elementCount(tensor.shape) > 1 << 16) return undefined;
  const elements = toFloat64(tensor);
  return elements.every((element) => element === elements[0]) ? elements[0] : undefined;
}

/** Whether an operator wants a matrix with the inputs on the first axis, other than `Linear` keeps it. */
export function takesInputsFirst(node: Node, index: number): boolean {
  if (node.op === "MatMul") return index === 1;
  return node.op === "Gemm" && index === 1 && (attribute(node, "transB", "int") ?? 0) === 0;
}

/** Where the outputs lie in the checkpoint's weight; `undefined` where that cannot be told. */
export function outputAxis({ node }: Slot, weight: Recipe): OutputAxis | undefined {
  if (node.op === "ConvTranspose") return { kind: "second", groups: attribute(node, "group", "int") ?? 1 };
  if (node.op === "Conv" || weight.class === "transposed") return { kind: "first" };
  return node.op === "Gemm" && attribute(node, "transB", "int") === 1 ? { kind: "first" } : undefined;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

export function isVector(shape: readonly number[]): boolean {
  return shape.filter((size) => size !== 1).length <= 1;
}
