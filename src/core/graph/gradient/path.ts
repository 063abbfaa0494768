import type { Graph, Node } from "../graph.ts";
import { readsOf } from "../taps/wiring.ts";
import type { DType } from "../tensor.ts";

/** What lies between the values that a gradient is taken of and those that it is taken with respect to. */
export interface GradientPath {
  /** In the graph's order. */
  readonly nodes: readonly Node[];
  /** Values that change with those that the gradient is taken with respect to. */
  readonly dependent: ReadonlySet<string>;
  /** Those of them, and others, that the objective depends on. */
  readonly reaching: ReadonlySet<string>;
}

/** Quantised numbers are stand-ins for the floating-point ones that they were made of, and so is what only moves them. */
const movesQuantized: ReadonlySet<string> = new Set(
  "QuantizeLinear Reshape Flatten Squeeze Unsqueeze Transpose Identity Concat Slice Split MaxPool".split(" "),
);

/**
 * The nodes that a gradient passes. Only floating-point values carry one; integers and booleans end the path, except where
 * they stand for quantised floats. Values of unknown type are taken for floats: what makes them is on the path and is refused there.
 */
export function gradientPath(
  { nodes }: Graph,
  of: Iterable<string>,
  withRespectTo: Iterable<string>,
  dtypeOf: (value: string) => DType | undefined,
): GradientPath {
  const dependent = new Set(withRespectTo);
  for (const node of nodes) {
    if (![...readsOf(node)].some((name) => dependent.has(name))) continue;
    for (const [index, name] of node.outputs.entries()) {
      const dtype = dtypeOf(name);
      const isQuantized = movesQuantized.has(node.op) && index === 0;
      if (name !== "" && (dtype === undefined || dtype.includes("float") || isQuantized)) dependent.add(name);
    }
  }
  const reaching = new Set(of);
  const passed: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => reaching.has(name) && dependent.has(name))) continue;
    const through = [...readsOf(node)].filter((name) => dependent.has(name));
    if (through.length === 0) continue;
    passed.push(node);
    for (const name of through) reaching.add(name);
  }
  return { nodes: passed.reverse(), dependent, reaching };
}
