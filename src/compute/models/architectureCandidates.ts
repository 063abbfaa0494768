import { readdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { Architecture } from "../../core/architectures/architecture.ts";
import { donorArchitecture } from "../../core/architectures/donor/donorArchitecture.ts";
import { recogniseFamily } from "../../core/architectures/recogniseFamily.ts";
import { Failure } from "../../core/failure.ts";
import { naturalOrder } from "../../core/probe/naturalOrder.ts";
import type { Normalisation } from "../../core/probe/preprocessing.ts";
import { type CheckpointFile, openCheckpoint } from "./checkpointFile.ts";
import { mainFileOf } from "./checkpointFolder.ts";
import { configOf, fromConfig } from "./huggingFaceFolder.ts";

/** An architecture, with the files it is from. */
export interface FoundArchitecture {
  readonly architecture: Architecture;
  /** The file that tells it, where that is another than the checkpoint. */
  readonly path?: string;
  readonly files: readonly string[];
  /** Normalisation of the input that those files declare. */
  readonly preprocessing?: Normalisation;
  close(): void;
}

/** Something that may be what a checkpoint's weights are the weights of. */
export interface Candidate {
  readonly source: Architecture["source"];
  /** The file it is from, where that is another than the checkpoint. */
  readonly path?: string;
  /** `likeness.json` names it: that it does not fit is a failure, and not a reason to look further. */
  readonly isNamed?: boolean;
  /** `undefined` where there is nothing to be said for it. @throws Failure that says why it is not the one. */
  open(): FoundArchitecture | undefined;
}

/** Files that may hold an architecture, those first whose parameters keep their names and nothing is folded into. */
const donorEndings = [".pt2", ".onnx", ".ts", ".jit", ".torchscript", ".pt", ".pth", ".keras", ".h5", ".hdf5"];

/** Donors tried at most: a folder may hold the epochs of years. */
const mostDonors = 40;

/**
 * What may be the architecture of a checkpoint, the most certain first: its own graph, what `likeness.json` names, a donor
 * in its folder or the one above, a `config.json` beside it, a known family.
 * @param fromSettings path of the file that `likeness.json` names.
 */
export function* candidates(file: CheckpointFile, fromSettings: string | undefined): Generator<Candidate> {
  const { architecture } = file.checkpoint;
  if (architecture) yield { source: "file", open: () => alone(architecture) };
  if (fromSettings !== undefined) {
    yield { source: "donor", path: fromSettings, isNamed: true, open: () => fromDonor(file, fromSettings) };
  }
  for (const path of donorsAround(file.path)) yield { source: "donor", path, open: () => fromDonor(file, path) };
  const config = configOf(file);
  yield { source: "config", path: config, open: () => fromConfig(file, config) };
  yield { source: "family", open: () => fromFamily(file) };
}

/**
 * What the user says tells the architecture: a donor, a `config.json`, or the checkpoint itself, in which case its own graph
 * and its family count and nothing else is looked at.
 * @throws Failure that says why it does not.
 */
export function namedCandidate(file: CheckpointFile, named: string): FoundArchitecture | undefined {
  if (basename(named) === "config.json") return fromConfig(file, named);
  if (resolve(named) !== resolve(file.path)) return fromDonor(file, named);
  const { architecture } = file.checkpoint;
  return architecture ? alone(architecture) : fromFamily(file);
}

function alone(architecture: Architecture): FoundArchitecture {
  return { architecture, files: [], close: () => {} };
}

function fromFamily({ checkpoint }: CheckpointFile): FoundArchitecture | undefined {
  const family = recogniseFamily(checkpoint.weights, checkpoint.provenance.modules);
  return family && alone(family);
}

function fromDonor(file: CheckpointFile, path: string): FoundArchitecture {
  const donor = openCheckpoint(path);
  try {
    if (!donor.checkpoint.architecture) {
      throw new Failure("architecture/none", "The file that is to give the architecture holds weights alone.", {
        file: path,
        hint: "Name an .onnx or .pt2 export, a TorchScript archive or a Keras model of the same network.",
      });
    }
    const architecture = donorArchitecture(donor.checkpoint.architecture, file.checkpoint, basename(path));
    return { architecture, path, files: donor.files, close: () => donor.close() };
  } catch (error) {
    donor.close();
    throw error instanceof Failure ? error.in(path) : error;
  }
}

/** The donors nearby, the nearer folder first, in it those whose names are most like the checkpoint's. */
function donorsAround(path: string): string[] {
  const own = resolve(mainFileOf(path));
  const stem = basename(path, extname(path));
  const found = [dirname(own), dirname(dirname(own))].flatMap((folder) =>
    namesIn(folder)
      .filter((name) => donorEndings.includes(extname(name).toLowerCase()) && join(folder, name) !== own)
      .sort((a, b) => rank(a, stem) - rank(b, stem) || naturalOrder(a, b))
      .map((name) => join(folder, name)),
  );
  return found.slice(0, mostDonors);
}

/** Smaller for names that share more of their beginning, then for the endings of better donors. */
function rank(name: string, stem: string): number {
  let common = 0;
  while (common < stem.length && name[common] === stem[common]) common++;
  return -common * donorEndings.length + donorEndings.indexOf(extname(name).toLowerCase());
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
