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
import { fromConfig } from "./huggingFaceFolder.ts";

/** An architecture, with the files it is from. */
export interface FoundArchitecture {
  readonly architecture: Architecture;
  readonly files: readonly string[];
  /** Normalisation of the input that those files declare. */
  readonly preprocessing?: Normalisation;
  close(): void;
}

/** Files that may hold an architecture, those first whose parameters keep their names and nothing is folded into. */
const donorEndings = [".pt2", ".onnx", ".ts", ".jit", ".torchscript", ".pt", ".pth", ".keras", ".h5", ".hdf5"];

/** Donors tried at most: a folder may hold the epochs of years. */
const mostDonors = 40;

/**
 * Finds what a checkpoint's weights are the weights of: what the user names, the file itself, what `likeness.json`
 * names, a donor in its folder or the one above, a `config.json` beside it, a known family.
 *
 * @param named path of the file that the user says holds the architecture.
 * @param fromSettings the same from `likeness.json`.
 * @throws Failure `architecture/not-found`, with what was tried; what is named must fit, or its failure is thrown.
 */
export function findArchitecture(
  file: CheckpointFile,
  named: string | undefined,
  fromSettings: string | undefined,
): FoundArchitecture {
  const { checkpoint } = file;
  const isItself = named !== undefined && resolve(named) === resolve(file.path);
  if (named !== undefined && !isItself) return fromDonor(file, named);
  if (checkpoint.architecture) return alone(checkpoint.architecture);
  if (fromSettings !== undefined) return fromDonor(file, fromSettings);

  const tried: string[] = [];
  const found = nearDonor(file, tried) ?? described(file, tried);
  if (found) return found;
  const family = recogniseFamily(checkpoint.weights, checkpoint.provenance.modules);
  if (family) return alone(family);
  throw notFound(tried);
}

function alone(architecture: Architecture): FoundArchitecture {
  return { architecture, files: [], close: () => {} };
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
    const architecture = donorArchitecture(donor.checkpoint.architecture, file.checkpoint.weights, basename(path));
    return { architecture, files: donor.files, close: () => donor.close() };
  } catch (error) {
    donor.close();
    throw error instanceof Failure ? error.in(path) : error;
  }
}

/** The donor nearby that fits; of several, the one in the nearer folder whose name is most like the checkpoint's. */
function nearDonor(file: CheckpointFile, tried: string[]): FoundArchitecture | undefined {
  for (const path of donorsAround(file.path)) {
    try {
      return fromDonor(file, path);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // A neighbour that is broken, or bare weights itself, is no reason; one that nearly fits is.
      if (error.code === "architecture/donor-mismatch") tried.push(`${basename(path)}: ${error.message}`);
    }
  }
  return undefined;
}

function donorsAround(path: string): string[] {
  const own = resolve(mainFileOf(path));
  const stem = basename(path, extname(path));
  const candidates = [dirname(own), dirname(dirname(own))].flatMap((folder) =>
    namesIn(folder)
      .filter((name) => donorEndings.includes(extname(name).toLowerCase()) && join(folder, name) !== own)
      .sort((a, b) => rank(a, stem) - rank(b, stem) || naturalOrder(a, b))
      .map((name) => join(folder, name)),
  );
  return candidates.slice(0, mostDonors);
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

/** What the folder's configuration describes, unless the weights do not fit it. */
function described(file: CheckpointFile, tried: string[]): FoundArchitecture | undefined {
  try {
    return fromConfig(file);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tried.push(`config.json: ${error.message}`);
    return undefined;
  }
}

function notFound(tried: readonly string[]): Failure {
  const reasons = tried.length === 0 ? "" : ` Tried: ${tried.slice(0, 3).join(" ")}`;
  return new Failure(
    "architecture/not-found",
    `The file holds weights alone; no file beside it holds a network that they fit, and they are of no known family.${reasons}`,
    {
      hint: "Name a file that holds the architecture (an .onnx or .pt2 export, a TorchScript archive): --arch FILE, or Choose Architecture in the panel.",
    },
  );
}
