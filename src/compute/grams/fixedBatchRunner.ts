import { makeNode, makeProgram, type Program } from "../../core/graph/graph.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { withGrams } from "../../core/methods/gramGraph.ts";
import type { Backend, Session, Values } from "../backends/backend.ts";
import type { OpenModel } from "../models/openModel.ts";
import { type GramRunner, type SquareGram, squareGram } from "./gramRunner.ts";
import { type RepresentationRunner, representationRunner } from "./representations.ts";

/** Bytes that the representations of one group of taps may take. */
const groupBytes = 512 * 2 ** 20;

/**
 * The Grams of a network that takes a fixed number of samples at a time, so that no Gram fits inside it: representations
 * come out, for as many taps at a time as fit into memory, and a second graph makes the Grams. Correct, and slower.
 */
export function fixedBatchRunner(
  backend: Backend,
  model: OpenModel,
  taps: readonly Tap[],
  keepAnswers: boolean,
): GramRunner {
  const answer = keepAnswers ? model.answer : undefined;
  let grams: Session | undefined;
  return {
    async run(input) {
      const count = input.shape[0] ?? 0;
      grams ??= await backend.load(gramProgram.program);
      const found = new Map<string, SquareGram>();
      let answers: Float32Array | undefined;
      for (const group of groups(answer ? [...taps.filter((tap) => tap !== answer), answer] : taps, count)) {
        const runner = await representationRunner(backend, model, group);
        const values = await runAndRelease(runner, input);
        for (const tap of group) {
          const data = values.get(tap.value)?.data as Float32Array;
          if (tap === answer) answers = data;
          if (taps.includes(tap)) found.set(tap.value, await gramOf(grams, data, count));
        }
      }
      return { grams: found, answers };
    },
    release: async () => grams?.release(),
  };
}

async function runAndRelease(runner: RepresentationRunner, input: Values) {
  try {
    return await runner.run(input);
  } finally {
    await runner.release();
  }
}

/** The one tap of the Gram program: its input, handed through. */
const rows: Tap = { name: "rows", value: "rows", op: "", shape: ["n", 0], width: 0, sampleAxis: 0, folded: [] };

/** `x` → its Gram. */
const gramProgram = withGrams(identity(), [rows], new Set([rows.value]));

function identity(): Program {
  return makeProgram({
    name: "gram",
    inputs: [{ name: "x", dtype: "float32", shape: ["n", "d"] }],
    outputs: [],
    nodes: [makeNode("Identity", ["x"], [rows.value])],
  });
}

async function gramOf(session: Session, data: Float32Array, count: number): Promise<SquareGram> {
  const fetched = await session.run(new Map([["x", { shape: [count, data.length / count], data }]]));
  return squareGram(gramProgram, rows.value, fetched);
}

/** Taps whose representations fit into memory together, in order; a tap too large for that is a group of its own. */
function* groups(taps: readonly Tap[], count: number): Generator<readonly Tap[]> {
  let group: Tap[] = [];
  let bytes = 0;
  for (const tap of taps) {
    const size = tap.width * count * Float32Array.BYTES_PER_ELEMENT;
    if (group.length > 0 && bytes + size > groupBytes) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(tap);
    bytes += size;
  }
  if (group.length > 0) yield group;
}
