import { Failure } from "../../failure.ts";
import { byteLength, elementCount, type Tensor } from "../../graph/tensor.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import type { Checkpoint, Notice, WeightSet } from "../checkpoint.ts";
import { maskedCrc32c } from "../crc32c.ts";
import { copyBytes, undecodedTensor } from "../storedTensor.ts";
import { decodeUtf8 } from "../utf8.ts";
import { type BundleEntry, bundleDtype, readBundleEntry, readBundleHeader, stringType } from "./bundleEntry.ts";
import { readTable } from "./table.ts";
import { averageSuffix, isTrainingState, variableName } from "./variableNames.ts";

const maximumShards = 100_000;
const maximumRank = 64;

/**
 * Reads a TensorFlow checkpoint (`….index` with its `….data-00000-of-00001`): the names and shapes at once, a variable's
 * elements when they are asked for, against the sum that was written with them. Optimizer slots are left out.
 * @param siblings the files of the index's folder
 * @throws Failure `tensorflow/not-a-bundle`, `tensorflow/truncated`, `tensorflow/malformed`, `tensorflow/checksum`,
 *   `tensorflow/limit`, `tensorflow/big-endian`, `tensorflow/missing-data`, `tensorflow/size-mismatch`.
 */
export function readTensorBundle(source: ByteSource, siblings: SiblingFiles): Checkpoint {
  const table = readTable(source);
  const head = table.get("");
  if (head === undefined)
    throw new Failure("tensorflow/not-a-bundle", "The table has no header.", { file: source.name });
  const { shards, bigEndian } = readBundleHeader(head, source.name);
  if (bigEndian) {
    throw new Failure("tensorflow/big-endian", "The checkpoint was written on a big-endian machine.", {
      file: source.name,
      hint: "Save it again on a little-endian machine.",
    });
  }
  if (shards < 1 || shards > maximumShards) {
    throw new Failure("tensorflow/limit", `The checkpoint has ${shards} data files.`, { file: source.name });
  }
  return checkpointOf(entriesOf(table, source), new DataFiles(source, siblings, shards), source);
}

/** The entries of tensors by key; keys of slices, which begin with a zero byte, are left out. */
function entriesOf(table: ReadonlyMap<string, Uint8Array>, source: ByteSource): ReadonlyMap<string, BundleEntry> {
  const entries = new Map<string, BundleEntry>();
  for (const [key, value] of table) {
    if (key === "" || key.startsWith("\0")) continue;
    const name = decodeUtf8(Uint8Array.from(key, (character) => character.charCodeAt(0))) ?? key;
    entries.set(name, readBundleEntry(value, source.name));
  }
  return entries;
}

function checkpointOf(entries: ReadonlyMap<string, BundleEntry>, files: DataFiles, source: ByteSource): Checkpoint {
  const keys = new Set(entries.keys());
  const taken = new Set<string>();
  const nameOf = (key: string) => (taken.has(variableName(key)) ? key : variableName(key));
  const tensors = new Map<string, Tensor>();
  const averaged = new Map<string, Tensor>();
  const left: string[] = [];
  const unread: string[] = [];
  for (const [key, entry] of entries) {
    if (entry.typeNumber === stringType) continue;
    if (isTrainingState(key, keys)) {
      left.push(key);
      continue;
    }
    const tensor = tensorOf(key, entry, files, source);
    if (entry.sliced || bundleDtype(entry.typeNumber) === undefined) unread.push(key);
    if (key.endsWith(averageSuffix)) averaged.set(key.slice(0, -averageSuffix.length), tensor);
    else {
      const name = nameOf(key);
      taken.add(name);
      tensors.set(name, tensor);
    }
  }
  const alternatives = new Map<string, WeightSet>();
  if (averaged.size > 0) alternatives.set("ExponentialMovingAverage", { tensors: averaged, inModuleOrder: false });
  return {
    format: "tensorflow",
    weights: { tensors, inModuleOrder: false },
    provenance: { facts: new Map(), notices: noticesOf(left, unread), prefix: "", alternatives },
  };
}

function tensorOf(key: string, entry: BundleEntry, files: DataFiles, source: ByteSource): Tensor {
  const { shape, offset, size, checksum, shard } = entry;
  const fail = (reason: string, what: string, hint?: string) =>
    new Failure(`tensorflow/${reason}`, `The variable ${JSON.stringify(key)} ${what}.`, { file: source.name, hint });
  if (shape.length > maximumRank || shape.some((axis) => axis < 0) || !Number.isSafeInteger(elementCount(shape))) {
    throw fail("malformed", `has the shape [${shape.slice(0, 8).join(", ")}]`);
  }
  if (entry.sliced)
    return undecodedTensor(shape, () => fail("sliced", "is kept in slices, which are listed but not read"));
  const dtype = bundleDtype(entry.typeNumber);
  if (dtype === undefined) {
    return undecodedTensor(shape, () =>
      fail("dtype", `has the type ${entry.typeNumber}, which is listed but not read`),
    );
  }
  if (size !== byteLength({ dtype, shape })) {
    throw fail("size-mismatch", `has ${size} bytes, which is not what [${shape.join(", ")}] of ${dtype} takes`);
  }
  const data = files.open(shard, key);
  if (offset < 0 || offset + size > data.size) {
    throw fail(
      "truncated",
      `ends beyond its data file of ${data.size} bytes`,
      "Copy both files of the checkpoint again.",
    );
  }
  // Not offered for mapping: what is mapped is not checked.
  return {
    dtype,
    shape,
    bytes() {
      const bytes = copyBytes(data, offset, size);
      if (maskedCrc32c(bytes) === checksum) return bytes;
      throw fail("checksum", "has changed since it was written", "The data file is damaged: copy it again.");
    },
  };
}

/** The data files beside an index, each opened once. */
class DataFiles {
  readonly #index: ByteSource;
  readonly #siblings: SiblingFiles;
  readonly #shards: number;
  readonly #open = new Map<number, ByteSource>();

  constructor(index: ByteSource, siblings: SiblingFiles, shards: number) {
    this.#index = index;
    this.#siblings = siblings;
    this.#shards = shards;
  }

  open(shard: number, key: string): ByteSource {
    if (shard < 0 || shard >= this.#shards) {
      throw new Failure(
        "tensorflow/malformed",
        `The variable ${JSON.stringify(key)} is in data file ${shard} of ${this.#shards}.`,
        {
          file: this.#index.name,
        },
      );
    }
    let file = this.#open.get(shard);
    if (file === undefined) {
      file = this.#find(shard);
      this.#open.set(shard, file);
    }
    return file;
  }

  #find(shard: number): ByteSource {
    const stem = (this.#index.name.split(/[/\\]/).at(-1) ?? "").replace(/\.index$/, "");
    const digits = (number: number) => String(number).padStart(5, "0");
    const name = `${stem}.data-${digits(shard)}-of-${digits(this.#shards)}`;
    try {
      return this.#siblings.open(name);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "file/missing") throw error;
      throw new Failure("tensorflow/missing-data", `The variables are in "${name}", which is not beside the index.`, {
        file: this.#index.name,
        hint: "Copy all files of the checkpoint into one folder.",
      });
    }
  }
}

function noticesOf(left: readonly string[], unread: readonly string[]): readonly Notice[] {
  const notices: Notice[] = [];
  if (left.length > 0) {
    const message = `${left.length} variables of the training (optimizer, counters) are left out, such as ${left[0]}.`;
    notices.push({ code: "tensorflow/training-state", message });
  }
  if (unread.length > 0) {
    const message = `${unread.length} variables are listed but their elements are not read, such as ${unread[0]}.`;
    notices.push({ code: "tensorflow/not-read", message });
  }
  return notices;
}
