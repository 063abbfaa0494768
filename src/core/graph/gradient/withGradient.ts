import { Failure } from "../../failure.ts";
import type { Dim, Node, Program, ValueInfo } from "../graph.ts";
import { accumulate } from "./accumulate.ts";
import { BackwardGraph, unnamedSize } from "./backwardGraph.ts";
import { gradientPath } from "./path.ts";
import type { GradientProfile } from "./profile.ts";
import { Refusals } from "./refusals.ts";
import { type Contribution, zero } from "./rule.ts";
import { gradientRuleOf } from "./rules.ts";
import { expandLike, zerosLike } from "./shaping.ts";
import { Step } from "./step.ts";
import { withGelu } from "./withGelu.ts";

/** Whose gradient is taken, and where it begins. */
export interface GradientRequest {
  /**
   * The values that the objective is a function of, each with the name of a value that holds the objective's gradient with
   * respect to it, of the same shape. A name that the graph does not have becomes an input. `undefined` is a gradient of
   * ones: the objective is the sum of the elements.
   */
  readonly seeds: ReadonlyMap<string, string | undefined>;
  /** Inputs, weights or inner values, all of floating-point type. */
  readonly withRespectTo: readonly string[];
  readonly profile: GradientProfile;
  /** Of the inputs; a symbol is the batch. Inputs that are left out have the shape that they declare. */
  readonly shapes?: ReadonlyMap<string, readonly Dim[]>;
  /** Outputs of `Relu` nodes that pass gradients on as if they were the identity (STIR's surrogate). */
  readonly straightThrough?: ReadonlySet<string>;
}

/** A program with its backward graph. */
export interface GradientProgram {
  /** Computes what it did before; the gradients come after its outputs. */
  readonly program: Program;
  /** Names of the gradients, by the values that they are taken with respect to. */
  readonly gradients: ReadonlyMap<string, string>;
  /** What a person should know of these gradients, in sentences. */
  readonly notices: readonly string[];
}

/**
 * Adds to a program the gradient of an objective, as ordinary operators: backwards from the seeds, along the nodes that lie
 * between them and what the gradient is taken with respect to. The batch may be of any size, as in the program.
 *
 * @param given at the internal operator set, in topological order.
 * @throws Failure `gradient/unsupported-op` with every operator on the way that has no gradient; `gradient/no-path` where
 *   the seeds do not depend on a value that the gradient is to be taken with respect to.
 */
export function withGradient(given: Program, request: GradientRequest): GradientProgram {
  const { seeds, withRespectTo, profile, shapes = new Map(), straightThrough = new Set() } = request;
  const named = [...seeds].flatMap(([value, seed]) => (seed === undefined ? [value] : [value, seed]));
  const program = { ...given, graph: withGelu(given.graph, new Set([...named, ...withRespectTo])) };
  const graph = new BackwardGraph(program, shapes, profile);
  const path = gradientPath(program.graph, seeds.keys(), withRespectTo, (value) => graph.dtypeOf(value));
  for (const value of withRespectTo) {
    if (!graph.has(value)) throw new Failure("gradient/unknown-value", `The network has no value ${value}.`);
    if (path.reaching.has(value)) continue;
    throw new Failure("gradient/no-path", `${[...seeds.keys()].join(", ")} does not depend on ${value}.`);
  }
  const contributions = new Map<string, Contribution[]>();
  const contribute = (value: string, contribution: Contribution) => {
    const known = contributions.get(value);
    if (known) known.push(contribution);
    else contributions.set(value, [contribution]);
  };
  const sums = new Map<string, string>();
  const gradientOf = (value: string): string | undefined => {
    const terms = contributions.get(value);
    if (!terms) return undefined;
    const sum = sums.get(value) ?? accumulate(graph, value, terms);
    sums.set(value, sum);
    return sum;
  };

  const inputs: ValueInfo[] = [];
  for (const [value, seed] of seeds) contribute(value, seedOf(graph, value, seed, inputs));
  const refusals = new Refusals();
  for (const node of path.nodes.toReversed()) {
    graph.within(node.name || node.outputs[0] || node.op, () => {
      const gradients = node.outputs.map(gradientOf);
      if (gradients.every((gradient) => gradient === undefined)) return;
      const isIdentity = node.op === "Relu" && straightThrough.has(node.outputs[0] ?? "");
      const rule = gradientRuleOf(isIdentity ? { ...node, op: "Identity" } : node);
      if (!rule) refusals.add(node, "");
      const step = new Step(node, graph, gradients, path.dependent);
      const writers = rule ? attempt(() => rule(step), node, refusals) : undefined;
      for (const [index, name] of node.inputs.entries()) {
        if (!path.dependent.has(name)) continue;
        const writer = writers?.[index];
        if (writer === zero) continue;
        if (writers && !writer) refusals.add(node, `with respect to its input ${index}`);
        // Where there is no gradient, the value itself stands in for it, so that all that is in the way is found.
        contribute(name, (writer && attempt(writer, node, refusals)) ?? name);
      }
    });
  }
  refusals.throwAny();

  const gradients = new Map<string, string>();
  for (const name of withRespectTo) {
    const gradient = gradientOf(name) ?? zerosLike(graph, name);
    // An output of its own, also where one value is the gradient of two, or is a seed.
    const isOwn = graph.wrote(gradient) && ![...gradients.values()].includes(gradient);
    gradients.set(name, isOwn ? gradient : graph.add("Identity", [gradient]));
  }
  return {
    program: assemble(program, graph, inputs, [...gradients.values()]),
    gradients,
    notices: noticesOf(path.nodes),
  };
}

function seedOf(graph: BackwardGraph, value: string, seed: string | undefined, inputs: ValueInfo[]): string {
  if (seed === undefined) return expandLike(graph, graph.floats(1, value), value);
  if (!graph.has(seed)) {
    graph.declare(seed, value);
    inputs.push(infoOf(graph, seed));
  }
  return seed;
}

function attempt<T>(write: () => T, node: Node, refusals: Refusals): T | undefined {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Failure) || !error.code.startsWith("gradient/")) throw error;
    refusals.add(node, error.message);
    return undefined;
  }
}

/** The program with what its gradients need of the backward graph. */
function assemble(
  program: Program,
  graph: BackwardGraph,
  inputs: readonly ValueInfo[],
  gradients: readonly string[],
): Program {
  const needed = new Set(gradients);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!needed.has(node.outputs[0] ?? "")) continue;
    nodes.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  const constants = [...graph.constants].filter(([name]) => needed.has(name));
  return {
    ...program,
    graph: {
      ...program.graph,
      inputs: [...program.graph.inputs, ...inputs],
      outputs: [...program.graph.outputs, ...gradients.map((name) => infoOf(graph, name))],
      nodes: [...graph.forwardNodes(needed), ...nodes.reverse()],
      initializers: new Map([...program.graph.initializers, ...constants]),
    },
  };
}

function infoOf(graph: BackwardGraph, name: string): ValueInfo {
  const shape = graph.shapeOf(name).map((size) => (size === unnamedSize ? undefined : size));
  return { name, dtype: graph.dtypeOf(name), shape };
}

function noticesOf(nodes: readonly Node[]): readonly string[] {
  const count = nodes.filter(({ op }) => op === "QuantizeLinear").length;
  if (count === 0) return [];
  const times = count === 1 ? "one quantisation" : `${count} quantisations`;
  return [`Gradients pass straight through ${times}: rounding has none, and is taken for the identity.`];
}
