import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { Failure } from "../../core/failure.ts";
import { readOnnx } from "../../core/formats/onnx/reader.ts";
import { type FileKind, sniff } from "../../core/formats/sniff.ts";
import type { Program } from "../../core/graph/graph.ts";
import type { DigestCache } from "../digests/digestCache.ts";
import { programDigest } from "../digests/programDigest.ts";
import { fileSource, siblingFiles } from "../files.ts";

/** A checkpoint whose structure was read and whose weights were not. */
export interface UnreadModelFile {
  readonly path: string;
  readonly format: string;
  /** As the file has it. */
  readonly program: Program;
  /** Reads every weight, unless the digests are known, to say what the model is known by. */
  digests(cache: DigestCache, signal: AbortSignal): Promise<ModelDigests>;
  /** Lets go of the files; reading a weight opens them again. */
  close(): void;
}

export interface ModelDigests {
  readonly graphDigest: string;
  readonly weightsDigest: string;
  /** Of both: everything that decides what the model computes. */
  readonly digest: string;
}

/** A checkpoint that was read: what it computes, and what it is known by. */
export interface ModelFile extends Omit<UnreadModelFile, "digests">, ModelDigests {}

/**
 * Reads a checkpoint, whose kind its content tells, weights and all.
 * @throws Failure as {@link openModelFile}; the signal's reason.
 */
export async function readModelFile(path: string, cache: DigestCache, signal: AbortSignal): Promise<ModelFile> {
  const { digests, ...file } = openModelFile(path);
  try {
    return { ...file, ...(await digests(cache, signal)) };
  } catch (error) {
    file.close();
    throw error instanceof Failure ? error.in(path) : error;
  }
}

/**
 * Reads the structure of a checkpoint, whose kind its content tells.
 * @throws Failure `not-a-checkpoint`, `empty-file`, `git-lfs-pointer`, `format/not-supported`, and the reader's own.
 */
export function openModelFile(path: string): UnreadModelFile {
  const source = fileSource(path);
  const folder = siblingFiles(dirname(path));
  const parts = [path];
  try {
    refuseOthers(sniff(source), path);
    const program = readOnnx(source, {
      open(relativePath) {
        const opened = folder.open(relativePath);
        parts.push(join(dirname(path), relativePath));
        return opened;
      },
    });
    return {
      path,
      format: "onnx",
      program,
      async digests(cache, signal) {
        const { graph, weights } = await cache.remember([...new Set(parts)], "program", async () => ({
          ...(await programDigest(program, signal)),
        }));
        const digest = createHash("sha256").update(graph).update(weights).digest("hex");
        return { graphDigest: graph, weightsDigest: weights, digest };
      },
      close() {
        source.close();
        folder.close();
      },
    };
  } catch (error) {
    source.close();
    folder.close();
    throw error instanceof Failure ? error.in(path) : error;
  }
}

/** Files that are no networks, or whose format is not read, with what to do about each. */
const refusals: Partial<Record<FileKind, readonly [code: string, message: string, hint: string]>> = {
  empty: ["empty-file", "The file is empty.", "It may still be being written: try again when that is done."],
  "git-lfs-pointer": ["git-lfs-pointer", "This is a Git LFS pointer, not the file itself.", "Run: git lfs pull"],
  html: ["not-a-checkpoint", "This is a web page, as a failed download leaves it.", "Download the file again."],
  zip: unread("A zip archive (PyTorch, Keras, TorchScript or .pt2)"),
  "torch-legacy": unread("A PyTorch checkpoint"),
  pickle: unread("A Python pickle"),
  tar: unread("A tar archive"),
  hdf5: unread("An HDF5 file (Keras)"),
  safetensors: unread("A safetensors file"),
  gguf: unread("A GGUF file"),
  tflite: unread("A TensorFlow Lite model"),
  executorch: unread("An ExecuTorch program"),
  npy: [
    "not-a-checkpoint",
    "This is a NumPy array, not a network.",
    "Compare arrays with: likeness measure X.npy Y.npy",
  ],
};

function unread(what: string): readonly [string, string, string] {
  return ["format/not-supported", `${what} is not read yet; ONNX is.`, "Export the network to ONNX."];
}

function refuseOthers(kind: FileKind, path: string): void {
  const refusal = refusals[kind];
  if (refusal) throw new Failure(refusal[0], refusal[1], { file: path, hint: refusal[2] });
}
