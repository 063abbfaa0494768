import { attribute, type Graph, makeNode, type Node } from "../graph.ts";
import { toFloat64 } from "../numbers.ts";
import { Wiring } from "../taps/wiring.ts";
import { elementCount } from "../tensor.ts";

/**
 * The graph with each GELU that is spelled out, x · (1 + erf(x / √2)) · ½ in any order, as one `Gelu`. The runtime finds
 * them itself, but not where a backward graph reads what lies inside, and the gradient of the whole takes a third of the
 * operators.
 *
 * @param kept values that have to stay, besides the graph's outputs.
 */
export function withGelu(graph: Graph, kept: ReadonlySet<string>): Graph {
  const wiring = new Wiring(graph);
  const replaced = new Map<Node, Node | undefined>();
  for (const node of graph.nodes) {
    if (node.op !== "Erf") continue;
    const found = geluAround(wiring, node);
    if (!found) continue;
    const isInner = (value: string) => !kept.has(value) && !wiring.isOutput(value);
    const { x, nodes, last } = found;
    if (!nodes.every((each) => each === last || isInner(each.outputs[0] ?? ""))) continue;
    for (const each of nodes) replaced.set(each, undefined);
    replaced.set(last, makeNode("Gelu", [x], last.outputs, {}, last.name));
  }
  if (replaced.size === 0) return graph;
  return { ...graph, nodes: graph.nodes.flatMap((node) => (replaced.has(node) ? (replaced.get(node) ?? []) : [node])) };
}

interface Gelu {
  readonly x: string;
  readonly nodes: readonly Node[];
  readonly last: Node;
}

function geluAround(wiring: Wiring, erf: Node): Gelu | undefined {
  const scaled = wiring.producer(erf.inputs[0] ?? "");
  const x = scaled && scaledBy(wiring, scaled, Math.SQRT1_2);
  const raised = onlyConsumer(wiring, erf);
  if (!scaled || x === undefined || raised?.op !== "Add" || otherThan(wiring, raised, 1) !== erf.outputs[0])
    return undefined;
  if (onlyConsumer(wiring, scaled) !== erf) return undefined;
  const nodes = [scaled, erf, raised];
  // What is left are two products: with x, which may be halved already, and with ½.
  let product = onlyConsumer(wiring, raised);
  let value = raised.outputs[0];
  let [hasX, isHalved] = [false, false];
  while (product?.op === "Mul" && !(hasX && isHalved)) {
    const other = product.inputs.find((name) => name !== value);
    const maker = other === undefined ? undefined : wiring.producer(other);
    if (!isHalved && otherThan(wiring, product, 0.5) === value) isHalved = true;
    else if (!hasX && other === x) hasX = true;
    else if (!hasX && !isHalved && maker?.op === "Mul" && otherThan(wiring, maker, 0.5) === x) {
      if (onlyConsumer(wiring, maker) !== product) return undefined;
      [hasX, isHalved] = [true, true];
      nodes.push(maker);
    } else return undefined;
    nodes.push(product);
    if (hasX && isHalved) return { x, nodes, last: product };
    value = product.outputs[0];
    product = onlyConsumer(wiring, product);
  }
  return undefined;
}

/** The operand of a product or quotient that multiplies it with a factor. */
function scaledBy(wiring: Wiring, node: Node, factor: number): string | undefined {
  if (node.op === "Div") return isNumber(wiring, node.inputs[1], 1 / factor) ? node.inputs[0] : undefined;
  return node.op === "Mul" ? otherThan(wiring, node, factor) : undefined;
}

/** The operand of a node of two, of which the other is a number. */
function otherThan(wiring: Wiring, { inputs }: Node, number: number): string | undefined {
  if (isNumber(wiring, inputs[1], number)) return inputs[0];
  return isNumber(wiring, inputs[0], number) ? inputs[1] : undefined;
}

/** Whether a value is a constant of one element, to float32's precision. */
function isNumber(wiring: Wiring, value: string | undefined, number: number): boolean {
  const maker = wiring.producer(value ?? "");
  const held = maker?.op === "Constant" ? attribute(maker, "value", "tensor") : undefined;
  const tensor = held ?? wiring.graph.initializers.get(value ?? "");
  if (!tensor?.dtype.includes("float") || elementCount(tensor.shape) !== 1) return false;
  return Math.abs(toFloat64(tensor)[0]! - number) <= 1e-6 * number;
}

/** The node that reads a node's value, where there is one only. */
function onlyConsumer(wiring: Wiring, { outputs }: Node): Node | undefined {
  const consumers = wiring.consumers(outputs[0] ?? "");
  return consumers.length === 1 ? consumers[0] : undefined;
}
