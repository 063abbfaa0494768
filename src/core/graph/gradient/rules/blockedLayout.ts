import { int, ints } from "../../attributes.ts";
import type { BackwardGraph } from "../backwardGraph.ts";

/**
 * ONNX Runtime's convolutions on x86 keep their values in a layout of blocks of channels, and so do a few operators that
 * take nothing else. A value of the ordinary layout among their operands takes them all out of it.
 */

/** Operators that stay in the layout when all their operands that are no constants are in it. */
const keeping: ReadonlySet<string> = new Set("Add BatchNormalization HardSigmoid Mul Relu Sum".split(" "));

/** Channels of one block at most. */
const block = 16;

/** Whether a value comes out of the runtime's operators in the blocked layout. */
export function isBlocked(graph: BackwardGraph, value: string): boolean {
  const open = [value];
  const seen = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = graph.makerOf(name);
    if (node?.op === "Conv" || graph.tensorOf(name)) continue;
    if (!node || !keeping.has(node.op)) return false;
    for (const input of node.inputs) {
      if (!seen.has(input)) open.push(input);
      seen.add(input);
    }
  }
  return true;
}

/** The same value in the blocked layout: convolved channel by channel with 1, which is one pass over it. */
export function blocked(graph: BackwardGraph, value: string): string {
  const channels = graph.shapeOf(value)[1];
  if (typeof channels !== "number" || channels % block !== 0) return value;
  const ones = graph.floats(new Array<number>(channels).fill(1), value, [channels, 1, 1, 1]);
  return graph.add("Conv", [value, ones], { kernel_shape: ints([1, 1]), group: int(channels) });
}
