import { Failure } from "../failure.ts";
import type { FunctionDefinition, Graph, Node, Program } from "./graph.ts";

/**
 * Checks what every pass takes for granted: each value is made once, before it is used, and each output is made. The
 * graphs inside control flow see the values around them.
 * @throws Failure `onnx/duplicate-value`, `onnx/undefined-value`, `onnx/not-topological`.
 */
export function checkProgram(program: Program): void {
  checkGraph(program.graph);
  for (const definition of program.functions) checkFunction(definition);
}

/** As {@link checkProgram}, for one graph; `around` are the values of the graphs that hold it. */
export function checkGraph(graph: Graph, around?: Values): void {
  const values = new Values(graph.nodes, around);
  for (const { name } of graph.inputs) values.define(name, "the graph's inputs");
  for (const name of graph.initializers.keys()) {
    // The graphs inside control flow keep an input that has a default value among both.
    if (!values.has(name) || around === undefined) values.define(name, "the weights");
  }
  checkNodes(graph.nodes, values);
  for (const { name } of graph.outputs) values.use(name, "the graph's outputs");
}

function checkFunction(definition: FunctionDefinition): void {
  const values = new Values(definition.nodes);
  for (const name of definition.inputs) values.define(name, "the function's inputs");
  checkNodes(definition.nodes, values);
  for (const name of definition.outputs) values.use(name, "the function's outputs");
}

function checkNodes(nodes: readonly Node[], values: Values): void {
  for (const node of nodes) {
    const title = `${node.op} "${node.name || node.outputs[0] || ""}"`;
    for (const name of node.inputs) if (name !== "") values.use(name, title);
    for (const attribute of node.attributes.values()) {
      if (attribute.type === "graph") checkGraph(attribute.value, values);
      else if (attribute.type === "graphs") for (const graph of attribute.value) checkGraph(graph, values);
    }
    for (const name of node.outputs) if (name !== "") values.define(name, title);
  }
}

/** The values that are made so far in one graph, and those of the graphs around it. */
class Values {
  readonly #around: Values | undefined;
  readonly #made = new Set<string>();
  readonly #later = new Set<string>();

  constructor(nodes: readonly Node[], around?: Values) {
    this.#around = around;
    for (const node of nodes) for (const name of node.outputs) this.#later.add(name);
  }

  has(name: string): boolean {
    return this.#made.has(name) || this.#around?.has(name) === true;
  }

  define(name: string, by: string): void {
    if (this.#made.has(name)) throw new Failure("onnx/duplicate-value", `"${name}" is made twice; again by ${by}.`);
    this.#made.add(name);
  }

  use(name: string, by: string): void {
    if (this.has(name)) return;
    if (this.isMadeLater(name)) {
      throw new Failure("onnx/not-topological", `"${name}" is used by ${by} before it is made.`, {
        hint: "The graph runs in a circle: export it again.",
      });
    }
    throw new Failure("onnx/undefined-value", `"${name}", which ${by} needs, is made nowhere in the file.`);
  }

  isMadeLater(name: string): boolean {
    return this.#later.has(name) || this.#around?.isMadeLater(name) === true;
  }
}
