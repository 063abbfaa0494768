import type { Graph, Node } from "../graph.ts";

/** Who makes and who reads each value of a graph. */
export class Wiring {
  readonly graph: Graph;
  readonly #producers = new Map<string, Node>();
  readonly #consumers = new Map<string, Node[]>();
  readonly #outputs: ReadonlySet<string>;

  constructor(graph: Graph) {
    this.graph = graph;
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const name of node.outputs) this.#producers.set(name, node);
      for (const name of readsOf(node)) {
        const known = this.#consumers.get(name);
        if (known) known.push(node);
        else this.#consumers.set(name, [node]);
      }
    }
  }

  /** The node that makes a value; `undefined` for inputs and weights. */
  producer(value: string): Node | undefined {
    return this.#producers.get(value);
  }

  /** The nodes that read a value, in the graph's order. */
  consumers(value: string): readonly Node[] {
    return this.#consumers.get(value) ?? [];
  }

  /** Whether anything comes of a value. */
  isUsed(value: string): boolean {
    return this.#consumers.has(value) || this.#outputs.has(value);
  }

  isOutput(value: string): boolean {
    return this.#outputs.has(value);
  }

  /** All nodes that a value is made by, directly or through others. */
  nodesBehind(value: string): ReadonlySet<Node> {
    const nodes = new Set<Node>();
    const names = [value];
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const node = this.producer(name);
      if (!node || nodes.has(node)) continue;
      nodes.add(node);
      names.push(...readsOf(node));
    }
    return nodes;
  }

  /** Whether a value is a weight or constant, as it stands or through operators that only dress it. */
  isConstant(value: string): boolean {
    let name = value;
    for (let node = this.producer(name); node; node = this.producer(name)) {
      if (node.op === "Constant") return true;
      if (!/^(Identity|Cast|DequantizeLinear|Transpose|Reshape)$/.test(node.op)) return false;
      name = node.inputs[0] ?? "";
    }
    return this.graph.initializers.has(name);
  }
}

/** The values that a node reads, those that the graphs inside it take from around them included. */
export function readsOf(node: Node): ReadonlySet<string> {
  const reads = new Set(node.inputs.filter((name) => name !== ""));
  const graphs = graphsOf(node);
  for (let graph = graphs.pop(); graph; graph = graphs.pop()) {
    // Names that the inner graph makes itself are unique in the file: to count them as read is harmless.
    for (const inner of graph.nodes) {
      for (const name of inner.inputs) if (name !== "") reads.add(name);
      graphs.push(...graphsOf(inner));
    }
    for (const { name } of graph.outputs) reads.add(name);
  }
  return reads;
}

function graphsOf(node: Node): Graph[] {
  return [...node.attributes.values()].flatMap((attribute) => {
    if (attribute.type === "graph") return [attribute.value];
    return attribute.type === "graphs" ? attribute.value : [];
  });
}

/**
 * The values that depend on what the samples hold, not only on how many or of which type they are: `Shape`, `Size` and the
 * second input of `CastLike` end the dependence.
 */
export function dependentValues(graph: Graph, sampleInput: string): ReadonlySet<string> {
  const dependent = new Set([sampleInput]);
  for (const node of graph.nodes) {
    if (node.op === "Shape" || node.op === "Size") continue;
    for (const name of node.op === "CastLike" ? node.inputs.slice(0, 1) : readsOf(node)) {
      if (!dependent.has(name)) continue;
      for (const output of node.outputs) if (output !== "") dependent.add(output);
      break;
    }
  }
  return dependent;
}
