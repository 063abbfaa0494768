import type { Graph, Node } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Plan } from "./planner.ts";
import { inType, type Recipe } from "./recipes.ts";

/** The donor's graph with a checkpoint's tensors in the places that a plan gives them. */
export function fill(graph: Graph, plan: Plan, tensors: ReadonlyMap<string, Tensor>): Graph {
  const initializers = new Map(graph.initializers);
  const made = new Map<string, Tensor>();
  const placed = new Map<string, Tensor>();
  const tensorOf = (recipe: Recipe, { dtype }: Tensor): Tensor => {
    const key = `${recipe.class} ${recipe.keys.join()} [${recipe.shape}]`;
    const tensor = made.get(key) ?? inType(recipe.make(tensors), dtype);
    made.set(key, tensor);
    return tensor;
  };
  const put = (name: string, tensor: Tensor): string => {
    let free = name;
    for (let i = 2; placed.has(free) && placed.get(free) !== tensor; i++) free = `${name}_${i}`;
    placed.set(free, tensor);
    initializers.set(free, tensor);
    return free;
  };
  for (const [name, recipe] of plan.inner) put(name, tensorOf(recipe, graph.initializers.get(name)!));
  // A constant that exporters made of several equal tensors may stay in one place and be replaced in another.
  const filled = new Map<Node, Set<number>>();
  for (const { node, index } of plan.recipes.keys()) filled.set(node, (filled.get(node) ?? new Set()).add(index));
  for (const node of graph.nodes) {
    for (const [index, name] of node.inputs.entries()) {
      const tensor = filled.get(node)?.has(index) ? undefined : graph.initializers.get(name);
      if (tensor && !placed.has(name)) placed.set(name, tensor);
    }
  }
  const inputs = new Map<Node, string[]>();
  for (const [{ node, index, name, tensor }, recipe] of plan.recipes) {
    const changed = inputs.get(node) ?? [...node.inputs];
    changed[index] = put(name, tensorOf(recipe, tensor));
    inputs.set(node, changed);
  }
  const nodes = graph.nodes.map((node) => {
    const changed = inputs.get(node);
    return changed ? { ...node, inputs: changed } : node;
  });
  return withoutStaleShapes({ ...graph, nodes, initializers }, plan);
}

/** Forgets recorded shapes where the number of classes changed. */
function withoutStaleShapes(graph: Graph, plan: Plan): Graph {
  const isResized = [...plan.recipes].some(([{ tensor }, { shape }]) => tensor.shape.join() !== shape.join());
  if (!isResized) return graph;
  const outputs = graph.outputs.map((output) => ({ ...output, shape: undefined }));
  return { ...graph, outputs, valueTypes: new Map() };
}
