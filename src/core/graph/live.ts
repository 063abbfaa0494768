import type { Node, Program } from "./graph.ts";
import { attribute } from "./graph.ts";
import type { Value } from "./shapes/value.ts";
import { readsOf } from "./taps/wiring.ts";
import { dtypeBits, elementCount } from "./tensor.ts";

/** Operators that hand their input on under another shape, without a copy. */
const viewing = new Set(["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"]);

/**
 * Bytes of the values that are alive at once when the nodes run in their order: a value lives from the node that makes it
 * to the last that reads it. Weights are not counted; values of unknown shape count as nothing.
 *
 * @param shapes of every value, as {@link file://./shapes.ts} infers them.
 */
export function liveMemory(program: Program, shapes: ReadonlyMap<string, Value>): number {
  const { nodes, inputs, outputs } = program.graph;
  const views = viewRoots(nodes);
  const root = (value: string) => views.get(value) ?? value;
  const lastUse = new Map<string, number>();
  for (const [i, node] of nodes.entries()) for (const read of readsOf(node)) lastUse.set(root(read), i);
  for (const output of outputs) lastUse.set(root(output.name), nodes.length);

  const dying: string[][] = nodes.map(() => []);
  for (const [value, use] of lastUse) dying[use]?.push(value);
  let live = inputs.reduce((sum, { name }) => sum + bytesOf(shapes.get(name)), 0);
  let peak = live;
  const made = new Set(inputs.map(({ name }) => name));
  for (const [i, node] of nodes.entries()) {
    for (const output of node.outputs) {
      if (views.has(output)) continue;
      made.add(output);
      live += bytesOf(shapes.get(output));
      if (!lastUse.has(output)) dying[i]?.push(output);
    }
    peak = Math.max(peak, live);
    for (const value of dying[i] ?? []) if (made.has(value)) live -= bytesOf(shapes.get(value));
  }
  return peak;
}

/** The value whose memory each view shows. */
function viewRoots(nodes: readonly Node[]): ReadonlyMap<string, string> {
  const roots = new Map<string, string>();
  for (const node of nodes) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (viewing.has(node.op) && input && output) roots.set(output, roots.get(input) ?? input);
  }
  return roots;
}

function bytesOf(value: Value | undefined): number {
  if (!value?.shape) return 0;
  return (elementCount(value.shape) * dtypeBits[value.dtype ?? "float32"]) / 8;
}

/**
 * Multiply-adds of one run: convolutions and matrix products, which are nearly all that a network's time goes into.
 * Values of unknown shape count as nothing.
 */
export function multiplyAdds(program: Program, shapes: ReadonlyMap<string, Value>): number {
  const shapeOf = (name: string | undefined) => (name === undefined ? undefined : shapes.get(name)?.shape);
  let total = 0;
  for (const node of program.graph.nodes) {
    const output = shapeOf(node.outputs[0]);
    if (!output) continue;
    total += elementCount(output) * perOutput(node, shapeOf);
  }
  return total;
}

/** Multiply-adds for each number that a node puts out. */
function perOutput(node: Node, shapeOf: (name: string | undefined) => readonly number[] | undefined): number {
  const first = shapeOf(node.inputs[0]);
  const second = shapeOf(node.inputs[1]);
  if (!first || !second) return 0;
  switch (node.op) {
    case "Conv":
    case "FusedConv":
      return elementCount(second.slice(1));
    case "ConvTranspose": {
      // Each input meets the whole kernel; spread over the outputs.
      const output = shapeOf(node.outputs[0]) ?? [];
      return (elementCount(first) * elementCount(second.slice(1))) / Math.max(1, elementCount(output));
    }
    case "MatMul":
    case "FusedMatMul":
      return first.at(-1) ?? 0;
    case "Gemm":
      return (attribute(node, "transA", "int") ? first[0] : first[1]) ?? 0;
    default:
      return 0;
  }
}
