import { Failure } from "../../core/failure.ts";
import type { Program, ValueInfo } from "../../core/graph/graph.ts";
import { refuseUnsupported } from "../../core/graph/operators.ts";
import { rebatch } from "../../core/graph/rebatch.ts";
import { upgrade } from "../../core/graph/upgrade.ts";
import { type TokenInputs, tokenProgram } from "../../core/tokens/tokenProgram.ts";
import type { ModelProgram } from "./modelFile.ts";
import { feedable } from "./sampleInput.ts";

/** A model that the engine can run, before it is known what it will be shown. */
export interface RunnableModel extends RunnableProgram {
  readonly file: ModelProgram;
}

export interface RunnableProgram {
  readonly program: Program;
  readonly batch: "free" | number;
  /** Takes the samples. */
  readonly input: ValueInfo;
  /** What a network of token ids takes in {@link input}; absent for any other. */
  readonly tokens?: TokenInputs;
}

/** Makes a file's network ready to run. @throws Failure as {@link runnableProgram}. */
export function runnable(file: ModelProgram): RunnableModel {
  return { file, ...runnableProgram(file) };
}

/**
 * The network of a file in the form that the engine runs; weights are not read.
 * @throws Failure `onnx/unsupported-op` naming every operator that the engine lacks; `inputs/cannot-feed` naming the
 *   inputs that a probe does not fill.
 */
export function runnableProgram(file: Pick<ModelProgram, "path" | "program">): RunnableProgram {
  refuseUnsupported(file.program);
  const { program, input, otherInputs, batch } = rebatch(upgrade(file.program));
  const tokens = tokenProgram(program, input, otherInputs);
  if (tokens) return { ...tokens, batch };
  if (otherInputs.length > 0) {
    const names = otherInputs.map(({ name }) => name).join(", ");
    throw new Failure("inputs/cannot-feed", `Besides ${input.name}, the network wants to be fed: ${names}.`, {
      file: file.path,
      hint: "A probe fills one input, and masks, types and positions of tokens. Export the network with others as constants.",
    });
  }
  return { program: feedable(program, input.name), batch, input };
}
