import { executionOrder } from "./executionOrder.ts";
import type { Node, Program } from "./graph.ts";
import type { Shape, Value } from "./shapes/value.ts";
import { readsOf } from "./taps/wiring.ts";
import { byteLength, elementCount } from "./tensor.ts";

/** Operators whose output is their input's memory under another shape. */
const aliasing: ReadonlySet<string> = new Set(["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"]);

/**
 * Estimate of the most bytes that activations take at once when the nodes run in the engine's order and each value is
 * freed after its last use. Weights are not counted, nor what kernels need for themselves; values of unknown size count
 * nothing.
 *
 * @param values types and shapes, as {@link inferShapes} gives them.
 * @param kept values that stay until the end besides the program's outputs.
 */
export function liveMemory(
  { graph }: Program,
  values: ReadonlyMap<string, Value>,
  kept: Iterable<string> = [],
): number {
  const owner = new Map<string, string>();
  const ownerOf = (name: string) => owner.get(name) ?? name;
  const nodes = executionOrder(graph.nodes);
  for (const { op, inputs, outputs } of nodes) {
    if (!inputs[0] || !outputs[0]) continue;
    // A cast to the type that a value has already is dropped.
    const isNothing = op === "Cast" && values.get(inputs[0])?.dtype === values.get(outputs[0])?.dtype;
    if (aliasing.has(op) || isNothing) owner.set(outputs[0], ownerOf(inputs[0]));
  }
  const lastUse = new Map<string, number>();
  for (const [position, node] of nodes.entries()) {
    for (const name of [...readsOf(node), ...node.outputs]) lastUse.set(ownerOf(name), position);
  }
  for (const name of [...graph.outputs.map((output) => output.name), ...kept]) lastUse.set(ownerOf(name), Infinity);

  const live = new Map<string, number>();
  let bytes = 0;
  const hold = (name: string) => {
    if (live.has(name) || graph.initializers.has(name)) return;
    const { dtype, shape } = values.get(name) ?? {};
    const size = dtype && shape ? byteLength({ dtype, shape }) : 0;
    live.set(name, size);
    bytes += size;
  };
  for (const { name } of graph.inputs) hold(name);
  let peak = bytes;
  for (const [position, node] of nodes.entries()) {
    for (const name of node.outputs) if (name !== "" && node.op !== "Constant") hold(ownerOf(name));
    peak = Math.max(peak, bytes);
    for (const name of [...readsOf(node), ...node.outputs].map(ownerOf)) {
      if (lastUse.get(name) !== position) continue;
      bytes -= live.get(name) ?? 0;
      live.delete(name);
    }
  }
  return peak;
}

/**
 * Estimate of the multiply-add operations of one run: those of convolutions, matrix products, recurrent layers and
 * attention, next to which all else is small.
 *
 * @param values types and shapes, as {@link inferShapes} gives them.
 */
export function multiplyAdds({ graph }: Program, values: ReadonlyMap<string, Value>): number {
  let total = 0;
  for (const node of graph.nodes) {
    const shapes = [...node.inputs, node.outputs[0] ?? ""].map((name) => values.get(name)?.shape);
    total += multiplyAddsOf(node, shapes.slice(0, -1), shapes.at(-1));
  }
  return total;
}

function multiplyAddsOf(
  { op, attributes }: Node,
  inputs: readonly (Shape | undefined)[],
  output: Shape | undefined,
): number {
  const [first, second, third] = inputs;
  if (!first || !second || !output) return 0;
  switch (op) {
    case "Conv":
    case "ConvInteger":
    case "FusedConv":
    case "DeformConv":
      return elementCount(output) * elementCount(second.slice(1));
    case "QLinearConv":
      return elementCount(output) * elementCount(inputs[3]?.slice(1) ?? []);
    case "ConvTranspose":
      return elementCount(first) * elementCount(second.slice(1));
    case "MatMul":
    case "MatMulInteger":
    case "FusedMatMul":
    case "QLinearMatMul":
      return elementCount(output) * (first.at(-1) ?? 1);
    case "Gemm":
    case "FusedGemm":
      return elementCount(output) * (first[attributes.get("transA")?.value === 1 ? 0 : 1] ?? 1);
    case "LSTM":
    case "GRU":
    case "RNN":
      // Weights are directions × gates·hidden × input, and × hidden for the recurrence; both are used at each step.
      return (first[0] ?? 1) * (first[1] ?? 1) * (elementCount(second) + elementCount(third ?? []));
    case "Attention":
      return 2 * elementCount(first) * (second.at(-2) ?? 1);
    default:
      return 0;
  }
}
