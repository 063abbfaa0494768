import type { Node } from "./graph.ts";
import { readsOf } from "./taps/wiring.ts";

/**
 * The nodes in the order in which ONNX Runtime runs them, whatever theirs in the file: from the nodes that nothing reads,
 * the last of the file first, back through what each needs. What decides peak memory is this order.
 */
export function executionOrder(nodes: readonly Node[]): readonly Node[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const read = new Set(nodes.flatMap((node) => [...readsOf(node)]));
  const stack = nodes.filter(({ outputs }) => !outputs.some((output) => read.has(output)));
  const entered = new Set<Node>();
  const ordered = new Set<Node>();
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    const needs = entered.has(node) ? [] : [...readsOf(node)].flatMap((value) => makers.get(value) ?? []);
    entered.add(node);
    const open = needs.filter((need) => !entered.has(need));
    if (open.length > 0) stack.push(...open);
    else {
      stack.pop();
      ordered.add(node);
    }
  }
  return [...ordered];
}
