import { Failure } from "../../core/failure.ts";
import type { Program, ValueInfo } from "../../core/graph/graph.ts";
import { refuseUnsupported } from "../../core/graph/operators.ts";
import { rebatch } from "../../core/graph/rebatch.ts";
import { upgrade } from "../../core/graph/upgrade.ts";
import type { ModelFile } from "./modelFile.ts";
import { feedable } from "./sampleInput.ts";

/** A model that the engine can run, before it is known what it will be shown. */
export interface RunnableModel extends RunnableProgram {
  readonly file: ModelFile;
}

export interface RunnableProgram {
  readonly program: Program;
  readonly batch: "free" | number;
  /** Takes the samples. */
  readonly input: ValueInfo;
}

/** Makes a file's network ready to run. @throws Failure as {@link runnableProgram}. */
export function runnable(file: ModelFile): RunnableModel {
  return { file, ...runnableProgram(file) };
}

/**
 * The network of a file in the form that the engine runs; weights are not read.
 * @throws Failure `onnx/unsupported-op` naming every operator that the engine lacks; `inputs/cannot-feed` naming the
 *   inputs that a probe does not fill.
 */
export function runnableProgram(file: Pick<ModelFile, "path" | "program">): RunnableProgram {
  refuseUnsupported(file.program);
  const { program, input, otherInputs, batch } = rebatch(upgrade(file.program));
  if (otherInputs.length > 0) {
    const names = otherInputs.map(({ name }) => name).join(", ");
    throw new Failure("inputs/cannot-feed", `Besides ${input.name}, the network wants to be fed: ${names}.`, {
      file: file.path,
      hint: "A probe fills one input. Export the network with the others as constants.",
    });
  }
  return { program: feedable(program, input.name), batch, input };
}
