import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { decodeLatin1 } from "../latin1.ts";
import { openZip, type ZipArchive } from "../zip.ts";
import { torchConstruct } from "./meanings.ts";
import { PickleObject, type PickleValue } from "./pickleValues.ts";
import { missingStorage, readStorageId, TorchStorage } from "./storage.ts";
import { type Unpickled, unpickle } from "./unpickle.ts";

/** A zip archive as `torch.save` and `torch.jit.save` write it: one folder of pickles and raw storages. */
export interface TorchZip {
  readonly archive: ZipArchive;
  /** The folder that holds everything, with its slash: `archive/`; empty where members stand at the top. */
  readonly root: string;
  /** Whether it holds code of TorchScript. */
  readonly isTorchScript: boolean;
  /**
   * Reads a pickle of the archive.
   * @param member its name below the root, `data.pkl`
   * @param storages the folder of the storages that it refers to, below the root: `data/`, `constants/`
   * @throws Failure `zip/…`, `pickle/…`, `torch/…`.
   */
  unpickle(member: string, storages: string): Unpickled;
}

/** Pickles are written uncompressed; one that is not is unpacked into memory, and must be small. */
const maxDeflatedPickle = 256 * 2 ** 20;

/**
 * Opens a torch archive: a file, or a member of another archive.
 * @throws Failure `zip/…`, `torch/no-pickle`, `torch/big-endian`.
 */
export function openTorchZip(source: ByteSource): TorchZip {
  const archive = openZip(source);
  const root = findRoot(source, archive);
  const order = archive.entries.has(`${root}byteorder`) ? archive.open(`${root}byteorder`) : undefined;
  // The member holds "little" or "big".
  if (order && order.size < 64 && decodeLatin1(order.read(0, order.size)).trim() === "big")
    throw bigEndian(source.name);
  return {
    archive,
    root,
    isTorchScript: archive.entries.has(`${root}constants.pkl`),
    unpickle: (member, storages) => unpickleMember(source, archive, `${root}${member}`, `${root}${storages}`),
  };
}

/** The failure of a file from a big-endian machine. */
export function bigEndian(file: string): Failure {
  return new Failure("torch/big-endian", "It was written on a big-endian machine.", {
    file,
    hint: "Load and save it again on a little-endian machine.",
  });
}

function findRoot(source: ByteSource, archive: ZipArchive): string {
  const pickles = Array.from(archive.entries.keys()).filter((name) => /^([^/]*\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    const what = pickle === undefined ? "It has no data.pkl" : "It has several data.pkl";
    throw new Failure("torch/no-pickle", `${what}, so it is not a PyTorch checkpoint.`, { file: source.name });
  }
  return pickle.slice(0, -"data.pkl".length);
}

function unpickleMember(source: ByteSource, archive: ZipArchive, member: string, folder: string): Unpickled {
  const entry = archive.entries.get(member);
  if (entry?.method === "deflated" && entry.size > maxDeflatedPickle) {
    throw new Failure("pickle/limit", `The pickle "${member}" would unpack to ${entry.size} bytes.`, {
      file: source.name,
    });
  }
  const storages = new Map<string, TorchStorage>();
  const persistent = (id: PickleValue): PickleValue => {
    const found = readStorageId(id);
    if (found === undefined) return new PickleObject("", [id]);
    const known = storages.get(found.key);
    if (known !== undefined) return known;
    const storage = new TorchStorage(found.key, found.type, found.dtype, found.count);
    const name = `${folder}${found.key}`;
    const size = archive.entries.get(name)?.size;
    if (size === undefined) throw missingStorage(found.key);
    if (size < storage.byteCount) {
      throw new Failure("torch/short-storage", `"${name}" should have ${storage.byteCount} bytes and has ${size}.`, {
        hint: "The file is damaged: copy or save it again.",
      });
    }
    storage.bind(() => openStorage(archive, name));
    storages.set(found.key, storage);
    return storage;
  };
  return unpickle(archive.open(member), 0, { persistent, construct: torchConstruct() });
}

/** A storage; one that some tool has compressed is unpacked at each read, and never kept. */
function openStorage(archive: ZipArchive, name: string): ByteSource {
  const entry = archive.entries.get(name);
  if (entry?.method !== "deflated") return archive.open(name);
  return { name, size: entry.size, read: (offset, length) => archive.open(name).read(offset, length) };
}
