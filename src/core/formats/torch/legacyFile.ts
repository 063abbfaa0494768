import { Failure } from "../../failure.ts";
import { byteRange } from "../byteRange.ts";
import type { ByteSource } from "../byteSource.ts";
import { torchConstruct } from "./meanings.ts";
import { PickleObject, type PickleValue } from "./pickleValues.ts";
import { missingStorage, readStorageId, type StorageId, TorchStorage } from "./storage.ts";
import { type Unpickled, unpickle } from "./unpickle.ts";
import { bigEndian } from "./zipFile.ts";

/** The first pickle of every file in PyTorch's format before 1.6. */
export const legacyMagic = 0x1950a86a20f9469cfc6cn;

const protocolVersion = 1001;

/**
 * Reads the format of `torch.save` before 1.6, still written on request: pickles of a magic number, a version, facts of
 * the machine, the object, and a list of storage keys; then the storages, each with an int64 count before it.
 * @param start where the pickle behind the magic number begins
 * @throws Failure `pickle/…`, `torch/…`.
 */
export function readLegacy(source: ByteSource, start: number): Unpickled {
  const storages = new LegacyStorages();
  const meanings = { persistent: (id: PickleValue) => storages.find(id), construct: torchConstruct() };
  const version = unpickle(source, start, meanings);
  if (version.value !== protocolVersion) {
    throw new Failure("torch/bad-magic", "Its version of PyTorch's old format is not known.", { file: source.name });
  }
  const system = unpickle(source, version.end, meanings);
  if (system.value instanceof Map && system.value.get("little_endian") === false) throw bigEndian(source.name);
  const object = unpickle(source, system.end, meanings);
  const keys = unpickle(source, object.end, meanings);
  if (!Array.isArray(keys.value)) throw missingStorage("of all");
  storages.bind(source, keys.end, keys.value);
  return { ...object, end: keys.end };
}

class LegacyStorages {
  readonly #storages = new Map<string, TorchStorage>();

  /** What a persistent id stands for: a storage, or a class that was saved with its source code. */
  find(id: PickleValue): PickleValue {
    if (Array.isArray(id) && id[0] === "module") return id[1] ?? null;
    const found = readStorageId(id);
    if (found === undefined) return new PickleObject("", [id]);
    const root = this.#root(found);
    return found.view === undefined ? root : this.#view(root, found.view);
  }

  /** Walks over the storages behind the pickles. */
  bind(source: ByteSource, start: number, keys: readonly PickleValue[]): void {
    let position = start;
    for (const key of keys) {
      const storage = this.#storages.get(String(key));
      if (storage === undefined || storage.isBound) throw missingStorage(String(key));
      if (position + 8 > source.size) throw cutOff(source);
      const header = new Uint8Array(source.read(position, 8));
      const count = new DataView(header.buffer).getBigInt64(0, true);
      const begin = position + 8;
      position = begin + storage.byteCount;
      if (count !== BigInt(storage.count)) {
        throw new Failure("torch/short-storage", `A storage should have ${storage.count} elements and has ${count}.`);
      }
      if (position > source.size) throw cutOff(source);
      storage.bind(() => byteRange(source, source.name, begin, storage.byteCount));
    }
    for (const storage of this.#storages.values()) if (!storage.isBound) throw missingStorage(storage.key);
  }

  #root(found: StorageId): TorchStorage {
    let storage = this.#storages.get(found.key);
    if (storage === undefined) {
      storage = new TorchStorage(found.key, found.type, found.dtype, found.count);
      this.#storages.set(found.key, storage);
    }
    return storage;
  }

  #view(root: TorchStorage, { key, offset, count }: NonNullable<StorageId["view"]>): TorchStorage {
    if (offset + count > root.count) {
      throw new Failure("torch/tensor-out-of-storage", `A view needs ${offset + count} of ${root.count} elements.`);
    }
    return viewOf(root, key, offset, count);
  }
}

/** A part of a storage as one of its own, counted in elements. */
export function viewOf(root: TorchStorage, key: string, offset: number, count: number): TorchStorage {
  const view = new TorchStorage(key, root.type, root.dtype, count);
  const size = root.count === 0 ? 0 : root.byteCount / root.count;
  view.bind(() => {
    const whole = root.open();
    return byteRange(whole, whole.name, offset * size, count * size);
  });
  return view;
}

/** The failure of a file that ends before its storages do. */
export function cutOff(source: ByteSource): Failure {
  return new Failure("torch/truncated", "The file ends before the elements of its tensors do.", {
    file: source.name,
    hint: "If the file is still being written or copied, try again when that is done.",
  });
}
