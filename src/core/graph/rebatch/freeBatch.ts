import { Failure } from "../../failure.ts";
import type { Program } from "../graph.ts";
import type { BatchedInputs } from "./trials.ts";
import { type Choice, Walk } from "./walk.ts";

/** A transformer takes one or two attempts per block; so many nodes may be walked in all. */
const mostAttempts = 128;
const mostNodes = 500_000;

/**
 * The program with a free batch size: its nodes are walked at the file's own batch size and at two others side by side, and
 * what repeats the old size where the new one is due is rewritten: targets of `Reshape`, `Expand` and `Resize`, and
 * constants that meet samples.
 * @throws Failure `onnx/fixed-batch` where an operator cannot take another batch size, or a value on the way to the first
 *   output mixes or drops samples or does not grow as the batch does; `onnx/shape-mismatch` where the program does not even
 *   take its own batch size.
 */
export function freeBatch(program: Program, inputs: BatchedInputs): Program {
  let choices: readonly number[] = [];
  let firstProblem: unknown;
  const attempts = Math.min(mostAttempts, 1 + Math.floor(mostNodes / program.graph.nodes.length));
  for (let attempt = 0; attempt < attempts; attempt++) {
    const walk = new Walk(program, inputs, choices);
    try {
      for (const node of program.graph.nodes) walk.step(node);
      return { ...program, graph: walk.graph() };
    } catch (problem) {
      firstProblem ??= problem;
      const next = otherChoice(walk.choices);
      if (!next || !(problem instanceof Failure) || problem.code !== "onnx/fixed-batch") break;
      choices = next;
    }
  }
  throw firstProblem;
}

/** A contradiction mostly comes of the last choice before it: that one is taken another way, all before it as they were. */
function otherChoice(choices: readonly Choice[]): readonly number[] | undefined {
  const last = choices.findLastIndex(({ taken, of }) => taken + 1 < of);
  return last < 0 ? undefined : choices.slice(0, last + 1).map(({ taken }, i) => (i === last ? taken + 1 : taken));
}
