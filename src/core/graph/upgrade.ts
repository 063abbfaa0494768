import { Failure } from "../failure.ts";
import type { Attribute, FunctionDefinition, Graph, Node, Program } from "./graph.ts";
import { Build, Names, withAttributes } from "./upgrade/build.ts";
import { programFacts } from "./upgrade/facts.ts";
import { Knowledge, type ProgramFacts } from "./upgrade/knowledge.ts";
import { operatorChanges } from "./upgrade/operators.ts";
import { cannotUpgrade } from "./upgrade/refuse.ts";

/** The operator set of ONNX's own domain that every pass is written for. */
export const internalOpset = 21;

/** IR version that came with it. */
const internalIrVersion = 10;

/**
 * Rewrites a program of an older operator set in the terms of {@link internalOpset}, so that every pass behind knows one
 * form of each operator. The numbers stay the same: what cannot be said exactly is refused, all of it at once. A newer
 * program keeps its operator set, and so do operators of other domains.
 * @throws Failure `onnx/unsupported-op`.
 */
export function upgrade(program: Program): Program {
  const from = program.opsets.get("");
  if (from === undefined || from >= internalOpset) return program;
  const { facts, names } = programFacts(program);
  const upgrader = new Upgrader(facts, new Names(names));
  const graph = upgrader.graph(program.graph, from);
  const functions = program.functions.map((definition) => upgrader.function(definition));
  upgrader.throwRefusals();
  return {
    ...program,
    graph,
    functions,
    irVersion: Math.max(program.irVersion, internalIrVersion),
    opsets: new Map(program.opsets).set("", internalOpset),
  };
}

class Upgrader {
  readonly #facts: ProgramFacts;
  readonly #names: Names;
  readonly #refusals: Failure[] = [];

  constructor(facts: ProgramFacts, names: Names) {
    this.#facts = facts;
    this.#names = names;
  }

  throwRefusals(): void {
    const [first] = this.#refusals;
    if (first === undefined) return;
    throw new Failure(first.code, this.#refusals.map((refusal) => refusal.message).join(" "), { hint: first.hint });
  }

  /** The reader bounds how deep graphs stand inside each other, and with it this recursion. */
  graph(graph: Graph, from: number, around?: Knowledge): Graph {
    const build = new Build(new Knowledge(this.#facts, graph, around), this.#names);
    const nodes = this.#nodes(graph.nodes, from, build);
    return { ...graph, nodes, initializers: new Map([...graph.initializers, ...build.constants]) };
  }

  function(definition: FunctionDefinition): FunctionDefinition {
    const from = definition.opsets.get("");
    if (from === undefined || from >= internalOpset) return definition;
    const build = new Build(new Knowledge(this.#facts), this.#names);
    const nodes = this.#nodes(definition.nodes, from, build);
    // A function has no weights of its own: its constants are nodes.
    const constants = [...build.constants].map(([name, tensor]) =>
      constantNode(name, { type: "tensor", value: tensor }),
    );
    const opsets = new Map(definition.opsets).set("", internalOpset);
    return { ...definition, nodes: [...constants, ...nodes], opsets };
  }

  #nodes(nodes: readonly Node[], from: number, build: Build): Node[] {
    return nodes.flatMap((node) => {
      const upgraded = this.#node(node, from, build);
      build.knowledge.learn(node);
      return upgraded;
    });
  }

  #node(node: Node, from: number, build: Build): readonly Node[] {
    const inner = this.#graphsOf(node, from, build.knowledge);
    if (node.domain !== "") return [inner];
    // A hint on memory that operator sets before 6 gave.
    const plain = inner.attributes.has("consumed_inputs")
      ? withAttributes(inner, { consumed_inputs: undefined })
      : inner;
    const change = operatorChanges.get(node.op);
    if (change === undefined || from >= change.until) return [plain];
    try {
      if ([...node.attributes.values()].some((attribute) => attribute.type === "opaque")) {
        throw cannotUpgrade(node, from, "takes an attribute from its caller");
      }
      return build.rewrite(plain, from, change.upgrade);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#refusals.push(error);
      return [plain];
    }
  }

  #graphsOf(node: Node, from: number, around: Knowledge): Node {
    const attributes = new Map<string, Attribute>();
    for (const [name, attribute] of node.attributes) {
      if (attribute.type === "graph") {
        attributes.set(name, { type: "graph", value: this.graph(attribute.value, from, around) });
      } else if (attribute.type === "graphs") {
        attributes.set(name, {
          type: "graphs",
          value: attribute.value.map((graph) => this.graph(graph, from, around)),
        });
      } else attributes.set(name, attribute);
    }
    return { ...node, attributes };
  }
}

function constantNode(name: string, value: Attribute): Node {
  return { name: "", op: "Constant", domain: "", inputs: [], outputs: [name], attributes: new Map([["value", value]]) };
}
