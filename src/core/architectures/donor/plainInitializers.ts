import type { Graph, Node } from "../../graph/graph.ts";
import { attribute } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";

/**
 * The same graph with every weight an initializer under the name that its readers use. Exporters leave `Identity` copies of
 * tensors that happened to be equal (all fresh batch norms are), and `Constant` nodes; a checkpoint holds each for itself.
 */
export function withPlainInitializers(graph: Graph): Graph {
  const initializers = new Map(graph.initializers);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const [output = ""] = node.outputs;
    const tensor = outputs.has(output) ? undefined : tensorOf(node, initializers);
    if (tensor) initializers.set(output, tensor);
    else nodes.push(node);
  }
  return { ...graph, nodes, initializers };
}

function tensorOf(node: Node, initializers: ReadonlyMap<string, Tensor>): Tensor | undefined {
  if (node.domain !== "") return undefined;
  if (node.op === "Identity") return initializers.get(node.inputs[0] ?? "");
  const value = node.op === "Constant" ? attribute(node, "value", "tensor") : undefined;
  return value && isWeightType(value) && value.shape.length > 0 ? value : undefined;
}

/** Whether a tensor is of a type that networks are trained in. */
export function isWeightType({ dtype }: Tensor): boolean {
  return /^b?float\d+$/.test(dtype);
}
