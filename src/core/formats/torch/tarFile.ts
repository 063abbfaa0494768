import { Failure } from "../../failure.ts";
import { byteRange } from "../byteRange.ts";
import type { ByteSource } from "../byteSource.ts";
import { decodeLatin1 } from "../latin1.ts";
import { cutOff, viewOf } from "./legacyFile.ts";
import { torchConstruct } from "./meanings.ts";
import { PickleGlobal, PickleObject, type PickleValue } from "./pickleValues.ts";
import { missingStorage, readStorageId, storageDType, TorchStorage } from "./storage.ts";
import { checkLayout } from "./strided.ts";
import { TorchTensor } from "./torchTensor.ts";
import { type Unpickled, unpickle } from "./unpickle.ts";

const blockSize = 512;
const maxRank = 64;

/**
 * Reads the tar files of PyTorch 0.1: storages, then tensors over them by number, then a pickle that names the tensors.
 * Some writers describe the tensors in the pickle, as later formats do, and leave the member `tensors` out.
 * @throws Failure `not-a-checkpoint`, `torch/…`, `pickle/…`.
 */
export function readTar(source: ByteSource): Unpickled {
  const members = tarMembers(source);
  const [stored, described, pickle] = ["storages", "tensors", "pickle"].map((name) => members.get(name));
  if (stored === undefined || pickle === undefined) {
    throw new Failure("not-a-checkpoint", "This tar file is not a PyTorch checkpoint.", {
      hint: "Unpack it, and open what is inside.",
    });
  }
  const storages = readStorages(new Reader(stored));
  const tensors = described === undefined ? new Map() : readTensors(new Reader(described), storages);
  const persistent = (id: PickleValue): PickleValue => {
    const found = readStorageId(id);
    if (found !== undefined) {
      const storage = storages.get(found.key);
      if (storage === undefined) throw missingStorage(found.key);
      return storage;
    }
    // Classes are kept with their source code, in a tuple that begins with the class.
    if (Array.isArray(id)) return id[0] ?? null;
    return tensors.get(String(id)) ?? storages.get(String(id)) ?? new PickleObject("", [id]);
  };
  const construct = torchConstruct();
  return unpickle(pickle, 0, {
    persistent,
    // Some writers name storages by plain tuples.
    construct(callable, args, spend) {
      const [first, ...rest] = args;
      const isStorage = Array.isArray(first) && first[0] === "storage";
      return construct(callable, isStorage ? [persistent(first), ...rest] : args, spend);
    },
  });
}

function readStorages(reader: Reader): Map<string, TorchStorage> {
  const storages = new Map<string, TorchStorage>();
  for (let left = reader.count(); left > 0; left--) {
    const [key, , storageClass] = reader.list();
    const type =
      storageClass instanceof PickleGlobal ? storageClass.name.slice(storageClass.name.lastIndexOf(".") + 1) : "";
    const storage = new TorchStorage(String(key), type, storageDType(type), reader.int64());
    const bytes = reader.range(storage.byteCount);
    storage.bind(() => bytes);
    storages.set(storage.key, storage);
  }
  // The list of views of storages is missing where there are none.
  for (const view of reader.atEnd ? [] : reader.list()) {
    const [key, root, offset, count] = Array.isArray(view) ? view : [];
    const storage = storages.get(String(root));
    if (storage === undefined) throw missingStorage(String(root));
    const [start, size] = [Number(offset), Number(count)];
    checkLayout({ shape: [size], strides: [1], offset: start }, storage.count);
    storages.set(String(key), viewOf(storage, String(key), start, size));
  }
  return storages;
}

function readTensors(reader: Reader, storages: ReadonlyMap<string, TorchStorage>): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (let left = reader.count(); left > 0; left--) {
    const [key, storageKey] = reader.list();
    const storage = storages.get(String(storageKey));
    if (storage === undefined) throw missingStorage(String(storageKey));
    // The rank takes eight bytes, of which four are used.
    const rank = reader.int64() % 2 ** 32;
    if (rank > maxRank) throw new Failure("torch/bad-shape", `A tensor has ${rank} axes.`);
    const shape = Array.from({ length: rank }, () => reader.int64());
    const strides = Array.from({ length: rank }, () => reader.int64());
    const layout = { dtype: storage.dtype, shape, strides, offset: reader.int64() };
    checkLayout(layout, storage.count);
    tensors.set(String(key), new TorchTensor(storage, layout));
  }
  return tensors;
}

/** Reads pickles and integers in turn. */
class Reader {
  readonly #source: ByteSource;
  #position = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get atEnd(): boolean {
    return this.#position === this.#source.size;
  }

  int64(): number {
    const bytes = this.range(8);
    const copy = new Uint8Array(bytes.read(0, 8));
    const value = Number(new DataView(copy.buffer).getBigInt64(0, true));
    if (value < 0) throw new Failure("torch/bad-shape", `A tensor has the size or place ${value}.`);
    return value;
  }

  range(size: number): ByteSource {
    const start = this.#position;
    if (start + size > this.#source.size) throw cutOff(this.#source);
    this.#position = start + size;
    return byteRange(this.#source, this.#source.name, start, size);
  }

  /** How many things follow; each takes more than one byte. */
  count(): number {
    const value = this.#pickle();
    return typeof value === "number" && value <= this.#source.size ? value : 0;
  }

  list(): PickleValue[] {
    const value = this.#pickle();
    return Array.isArray(value) ? value : [];
  }

  #pickle(): PickleValue {
    const { value, end } = unpickle(this.#source, this.#position, {
      persistent: () => null,
      construct: () => undefined,
    });
    this.#position = end;
    return value;
  }
}

/** Files of a tar archive (POSIX ustar) by name. */
function tarMembers(source: ByteSource): ReadonlyMap<string, ByteSource> {
  const members = new Map<string, ByteSource>();
  for (let position = 0; position + blockSize <= source.size; ) {
    const header = decodeLatin1(source.read(position, blockSize));
    const name = header.slice(0, 100).replace(/\0.*$/s, "");
    if (name === "") break;
    const octal = header.slice(124, 136).replace(/\0.*$/s, "").trim();
    const size = /^[0-7]+$/.test(octal) ? Number.parseInt(octal, 8) : Number.NaN;
    const start = position + blockSize;
    if (!(start + size <= source.size)) throw cutOff(source);
    const isFile = header[156] === "0" || header[156] === "\0";
    if (isFile) members.set(name.replace(/^\.\//, ""), byteRange(source, `${source.name}/${name}`, start, size));
    position = start + Math.ceil(size / blockSize) * blockSize;
  }
  return members;
}
