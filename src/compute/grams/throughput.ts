import { makeNode, makeProgram, type Program } from "../../core/graph/graph.ts";
import { float32Tensor } from "../../core/graph/tensor.ts";
import type { Backend } from "../backends/backend.ts";

/** Sides of the matrices that are multiplied to see how fast this machine is: about 0.4 GFLOP, a few milliseconds. */
const rows = 256;
const inner = 3072;

const known = new Map<string, number>();

/**
 * Multiply-adds per second that the backend reaches on a matrix product of the size of a Gram. Measured once per
 * process and provider; other work on the machine slows this and the real work alike.
 */
export async function throughput(backend: Backend): Promise<number> {
  const found = known.get(backend.provider);
  if (found !== undefined) return found;
  const session = await backend.load(product());
  try {
    const feeds = new Map([["x", { shape: [rows, inner], data: new Float32Array(rows * inner).fill(0.5) }]]);
    let fastest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const started = performance.now();
      await session.run(feeds);
      fastest = Math.min(fastest, performance.now() - started);
    }
    const perSecond = (rows * rows * inner) / (fastest / 1000);
    known.set(backend.provider, perSecond);
    return perSecond;
  } finally {
    await session.release();
  }
}

/** X · W with a constant W of its transposed size. */
function product(): Program {
  const weights = float32Tensor([inner, rows], new Float32Array(inner * rows).fill(0.5));
  return makeProgram({
    name: "throughput",
    inputs: [{ name: "x", dtype: "float32", shape: [rows, inner] }],
    outputs: [{ name: "y", dtype: "float32", shape: [rows, rows] }],
    nodes: [makeNode("MatMul", ["x", "w"], ["y"])],
    initializers: new Map([["w", weights]]),
  });
}
