import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { sniff } from "../sniff.ts";
import { legacyMagic, readLegacy } from "./legacyFile.ts";
import { torchConstruct } from "./meanings.ts";
import { PickleObject, type PickleValue } from "./pickleValues.ts";
import { readTar } from "./tarFile.ts";
import { type Unpickled, unpickle } from "./unpickle.ts";
import { openTorchZip } from "./zipFile.ts";

/** What a file of `torch.save`, `torch.jit.save` or `pickle.dump` holds, as data. */
export interface TorchObject extends Unpickled {
  readonly container: "zip" | "legacy" | "tar" | "pickle";
  /** Whether it is a TorchScript archive: the object is then its tree of modules. */
  readonly isTorchScript: boolean;
}

/**
 * Unpickles a file of any of PyTorch's containers. Tensors are descriptions; their elements stay in the file.
 * @throws Failure `not-a-checkpoint`, `empty-file`, `git-lfs-pointer`, `zip/…`, `pickle/…`, `torch/…`.
 */
export function readTorchObject(source: ByteSource): TorchObject {
  try {
    return readContainer(source);
  } catch (error) {
    throw error instanceof Failure ? error.in(source.name) : error;
  }
}

function readContainer(source: ByteSource): TorchObject {
  const kind = sniff(source);
  if (kind === "zip") {
    const zip = openTorchZip(source);
    return { ...zip.unpickle("data.pkl", "data/"), container: "zip", isTorchScript: zip.isTorchScript };
  }
  if (kind === "tar") return { ...readTar(source), container: "tar", isTorchScript: false };
  if (kind === "empty") throw new Failure("empty-file", "The file is empty.");
  if (kind === "git-lfs-pointer") {
    throw new Failure("git-lfs-pointer", "This is a Git LFS pointer, not the file itself.", {
      hint: "Run: git lfs pull",
    });
  }
  if (kind !== "pickle" && kind !== "torch-legacy" && kind !== "unknown") throw notAPickle();
  return readPickles(source, kind === "unknown");
}

/**
 * A file of bare pickles.
 * @param isAnything whether nothing speaks for a pickle yet: protocols 0 and 1 have no magic number
 */
function readPickles(source: ByteSource, isAnything: boolean): TorchObject {
  const first = readFirst(source, isAnything);
  if (first.value === legacyMagic) {
    return { ...readLegacy(source, first.end), container: "legacy", isTorchScript: false };
  }
  if (isAnything) {
    throw new Failure("torch/bad-magic", "This is a Python pickle that was not made by torch.save.", {
      hint: "Save the weights with torch.save or as safetensors.",
    });
  }
  return { ...first, container: "pickle", isTorchScript: false };
}

function readFirst(source: ByteSource, isAnything: boolean): Unpickled {
  const persistent = (id: PickleValue) => new PickleObject("", [id]);
  try {
    return unpickle(source, 0, { persistent, construct: torchConstruct(loadStorage) });
  } catch (error) {
    if (isAnything && error instanceof Failure) throw notAPickle();
    throw error;
  }
}

/** A storage that `pickle.dump` wrote as a whole torch file inside the pickle; none inside that one. */
function loadStorage(bytes: ByteSource): PickleValue {
  const first = unpickle(bytes, 0, { persistent: () => null, construct: torchConstruct() });
  return first.value === legacyMagic ? readLegacy(bytes, first.end).value : null;
}

function notAPickle(): Failure {
  return new Failure("not-a-checkpoint", "This is neither a PyTorch checkpoint nor another Python pickle.");
}
