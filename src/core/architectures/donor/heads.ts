import type { Graph, Node } from "../../graph/graph.ts";
import { Wiring } from "../../graph/taps/wiring.ts";

const keepClasses: ReadonlySet<string> = new Set(["Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast", "Add"]);

/** The layers whose output is the network's answer, perhaps through a function of each class: their number of classes is free. */
export function headsOf(graph: Graph): ReadonlySet<Node> {
  const wiring = new Wiring(graph);
  const heads = new Set<Node>();
  for (const { name } of graph.outputs) {
    let node = wiring.producer(name);
    while (node && keepClasses.has(node.op)) {
      node = node.inputs.map((input) => wiring.producer(input)).find((before) => before !== undefined);
    }
    if (node?.op === "Gemm" || node?.op === "MatMul") heads.add(node);
  }
  return heads;
}
