import type { Node } from "./graph.ts";

/**
 * Nodes in an order in which each value is made before it is used. The standard demands it of files and most have it;
 * some tools that edit graphs leave them otherwise, and engines run those all the same. Nodes move no further than they
 * have to. Where there is no such order (a cycle), the nodes come back as they were.
 */
export function ordered(nodes: readonly Node[]): readonly Node[] {
  const maker = new Map<string, number>();
  for (const [i, node] of nodes.entries()) for (const name of node.outputs) if (name !== "") maker.set(name, i);
  const needs = nodes.map((node, i) => {
    const makers = valuesOf(node).map((name) => maker.get(name));
    return makers.filter((other) => other !== undefined && other !== i) as number[];
  });
  if (needs.every((others, i) => others.every((other) => other < i))) return nodes;

  const sorted: Node[] = [];
  const state = new Array<"new" | "open" | "done">(nodes.length).fill("new");
  /** How many of a node's needs have been looked at. */
  const seen = new Array<number>(nodes.length).fill(0);
  for (let first = 0; first < nodes.length; first++) {
    const stack = state[first] === "new" ? [first] : [];
    for (let i = stack.at(-1); i !== undefined; i = stack.at(-1)) {
      state[i] = "open";
      const next = needs[i]?.[seen[i] ?? 0];
      seen[i] = (seen[i] ?? 0) + 1;
      if (next === undefined) {
        state[i] = "done";
        sorted.push(nodes[i] as Node);
        stack.pop();
      } else if (state[next] === "open") return nodes;
      else if (state[next] === "new") stack.push(next);
    }
  }
  return sorted;
}

/** The values that a node uses, in the graphs inside it as well. */
function valuesOf(node: Node): string[] {
  const names = [...node.inputs];
  for (const attribute of node.attributes.values()) {
    const inner = attribute.type === "graph" ? [attribute.value] : attribute.type === "graphs" ? attribute.value : [];
    for (const graph of inner) {
      for (const innerNode of graph.nodes) for (const name of valuesOf(innerNode)) names.push(name);
      for (const { name } of graph.outputs) names.push(name);
    }
  }
  return names;
}
