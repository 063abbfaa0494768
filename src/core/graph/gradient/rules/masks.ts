import { float } from "../../attributes.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import { blocked, isBlocked } from "./blockedLayout.ts";

/** Where a value is above 0, as booleans. */
export function isPositive(graph: BackwardGraph, value: string): string {
  return graph.add("Greater", [value, graph.floats(0, value)]);
}

/**
 * The gradient where a value that is never negative is above 0, and 0 elsewhere.
 *
 * On the CPU the mask is a hard sigmoid so steep that it is a step: unlike a comparison it has a kernel for the blocked
 * layout of convolutions, so that the gradient need not be laid out anew on both sides.
 */
export function timesPositive(graph: BackwardGraph, gradient: string, value: string): string {
  if (graph.profile === "cpu" && graph.dtypeOf(value) === "float32") {
    const mask = graph.add("HardSigmoid", [value], { alpha: float(1e38), beta: float(0) });
    return graph.add("Mul", [inLayoutOf(graph, gradient, value), mask]);
  }
  return graph.add("Where", [isPositive(graph, value), gradient, graph.floats(0, value)]);
}

/** The gradient with the sign of a value; 0 where that is 0. */
export function timesSign(graph: BackwardGraph, gradient: string, value: string): string {
  if (graph.profile === "cpu") return graph.add("Mul", [gradient, graph.add("Sign", [value])]);
  // WebGPU has no Sign.
  const zero = graph.floats(0, value);
  const negative = graph.add("Where", [graph.add("Less", [value, zero]), graph.add("Neg", [gradient]), zero]);
  return graph.add("Where", [isPositive(graph, value), gradient, negative]);
}

/**
 * Behind a sum, the masked gradient goes back into its branches and along it: from an ordinary layout it would take all
 * sums before this one out of the blocked layout.
 */
function inLayoutOf(graph: BackwardGraph, gradient: string, value: string): string {
  const sum = graph.makerOf(graph.makerOf(value)?.inputs[0] ?? "");
  const isResidual = sum?.op === "Add" || sum?.op === "Sum";
  const isRank4 = graph.shapeOf(value).length === 4;
  const enters = isResidual && isRank4 && isBlocked(graph, value) && !isBlocked(graph, gradient);
  return enters ? blocked(graph, gradient) : gradient;
}
