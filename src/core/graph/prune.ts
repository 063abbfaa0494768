import type { Node, Program, ValueInfo } from "./graph.ts";
import { readsOf } from "./taps/wiring.ts";

/** The program with other outputs, and of its nodes those that the outputs need: the engine would run them all. */
export function withOutputs(program: Program, outputs: readonly ValueInfo[]): Program {
  const needed = new Set(outputs.map(({ name }) => name));
  const nodes: Node[] = [];
  for (const node of program.graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    nodes.push(node);
    for (const name of readsOf(node)) needed.add(name);
  }
  return { ...program, graph: { ...program.graph, outputs, nodes: nodes.reverse() } };
}
