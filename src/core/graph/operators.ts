import { Failure } from "../failure.ts";
import { engineRuns } from "./engineOperators.ts";
import type { Graph, Node, Program } from "./graph.ts";
import { operatorChanges } from "./upgrade/operators.ts";
import { internalOpset } from "./upgrade.ts";

/** An operator that the engine cannot run, and where the program uses it. */
export interface UnsupportedOperator {
  /** `""` is ONNX's own. */
  readonly domain: string;
  readonly op: string;
  readonly count: number;
  /** Names of the nodes, or of their first outputs where they have none. */
  readonly nodes: readonly string[];
}

/**
 * Every operator of a program, upgraded or not, that the engine cannot run: in the graph, in the graphs inside its control
 * flow, and in its functions. Calls of the program's own functions can be run.
 */
export function unsupportedOperators(program: Program): UnsupportedOperator[] {
  const functions = new Set(program.functions.map(({ domain, name }) => key(domain, name)));
  const found = new Map<string, { domain: string; op: string; nodes: string[] }>();
  const look = (nodes: readonly Node[], opsets: ReadonlyMap<string, number>): void => {
    for (const node of everyNode(nodes)) {
      const id = key(node.domain, node.op);
      if (functions.has(id) || runs(node, opsets)) continue;
      const entry = found.get(id) ?? { domain: node.domain, op: node.op, nodes: [] };
      entry.nodes.push(node.name || node.outputs[0] || "");
      found.set(id, entry);
    }
  };
  look(program.graph.nodes, program.opsets);
  for (const definition of program.functions) look(definition.nodes, definition.opsets);
  return [...found.values()].map((entry) => ({ ...entry, count: entry.nodes.length }));
}

/**
 * Refuses a program that the engine cannot run.
 * @throws Failure `onnx/unsupported-op` with every such operator and its nodes.
 */
export function refuseUnsupported(program: Program): void {
  const unsupported = unsupportedOperators(program);
  if (unsupported.length === 0) return;
  throw new Failure("onnx/unsupported-op", `ONNX Runtime cannot run ${unsupported.map(describe).join("; ")}.`, {
    hint: "Export the model without custom operators, or read its weights into an architecture that has none.",
  });
}

const namedNodes = 8;

/** One unsupported operator for people: `acme.Fancy (3 nodes: a, b, c)`. */
export function describe({ domain, op, count, nodes }: UnsupportedOperator): string {
  const names = nodes.slice(0, namedNodes).join(", ");
  const rest = count > namedNodes ? ` and ${count - namedNodes} more` : "";
  return `${domain === "" ? "" : `${domain}.`}${op} (${count} ${count === 1 ? "node" : "nodes"}: ${names}${rest})`;
}

/** Programs below the internal operator set are upgraded before they are run. */
function runs(node: Node, opsets: ReadonlyMap<string, number>): boolean {
  const opset = opsets.get(node.domain) ?? 1;
  if (node.domain !== "") return engineRuns(node.domain, node.op, opset);
  const change = operatorChanges.get(node.op);
  if (change !== undefined && opset < change.until) return true;
  return engineRuns("", node.op, Math.max(opset, internalOpset));
}

function* everyNode(nodes: readonly Node[]): Generator<Node> {
  for (const node of nodes) {
    yield node;
    for (const attribute of node.attributes.values()) {
      const inner: readonly Graph[] =
        attribute.type === "graph" ? [attribute.value] : attribute.type === "graphs" ? attribute.value : [];
      for (const graph of inner) yield* everyNode(graph.nodes);
    }
  }
}

/** Domain and name are from a file; no domain holds a line break. */
function key(domain: string, op: string): string {
  return `${domain}\n${op}`;
}
