import { createHash } from "node:crypto";
import type { Architecture } from "../../core/architectures/architecture.ts";
import type { Checkpoint } from "../../core/formats/checkpoint.ts";
import type { Program } from "../../core/graph/graph.ts";
import type { Shape } from "../../core/graph/shapes/value.ts";
import type { DigestCache } from "../digests/digestCache.ts";
import { programDigest } from "../digests/programDigest.ts";

/** A checkpoint with its architecture: what it computes can be written down as soon as it is known what it is shown. */
export interface ModelFile {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  readonly architecture: Architecture;
  /** The file that tells the architecture, where that is another. */
  readonly architectureFile?: string;
  /** Which of the file's weight sets it is, by its name there; absent is the main one. */
  readonly weights?: string;
  /** Every file that has a say in what the model computes. */
  readonly files: readonly string[];
  /** Lets go of the files; reading a weight opens them again. */
  close(): void;
}

/** What a model computes on samples of one shape, and what that is known by. */
export interface ModelProgram extends ModelFile {
  /** As the file, or the reader of its format, has it. */
  readonly program: Program;
  readonly graphDigest: string;
  readonly weightsDigest: string;
  /** Of both: everything that decides what the model computes. */
  readonly digest: string;
}

/**
 * The program of a model for samples of a shape. Reads every weight, unless the digests are known.
 * @throws Failure of the architecture, the signal's reason.
 */
export async function modelProgram(
  file: ModelFile,
  sampleShape: Shape | undefined,
  cache: DigestCache,
  signal: AbortSignal,
): Promise<ModelProgram> {
  const program = file.architecture.program(sampleShape);
  const purpose = sampleShape === undefined ? "program" : `program ${sampleShape.join("×")}`;
  const { graph, weights } = await cache.remember(file.files, purpose, async () => ({
    ...(await programDigest(program, signal)),
  }));
  const digest = createHash("sha256").update(graph).update(weights).digest("hex");
  return { ...file, program, graphDigest: graph, weightsDigest: weights, digest };
}
