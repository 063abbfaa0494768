import { Failure } from "../failure.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { ByteSource, SiblingFiles } from "./byteSource.ts";
import type { Checkpoint, Notice } from "./checkpoint.ts";
import { JsonScanner } from "./jsonScanner.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Which file of a sharded checkpoint holds which tensor, as `….index.json` of Hugging Face's libraries says. */
export interface ShardIndex {
  /** Name of a file beside the index, by tensor. */
  readonly weightMap: ReadonlyMap<string, string>;
}

/** 100 000 tensors of long names take 20 MB. */
const maximumIndexBytes = 100_000_000;
const maximumShards = 10_000;

/**
 * Reads an index of shards (`{"metadata": …, "weight_map": {tensor: file}}`).
 * @throws Failure `shards/bad-index`.
 */
export function readShardIndex(source: ByteSource): ShardIndex {
  const text = source.size > maximumIndexBytes ? undefined : decodeUtf8(source.read(0, source.size));
  if (text === undefined) throw badIndex(source, "it is larger than any, or not text");
  const weightMap = new Map<string, string>();
  const scanner = new JsonScanner(text, (what) => badIndex(source, what));
  let found = false;
  scanner.members((key) => {
    if (key !== "weight_map") return scanner.skip();
    if (found) throw badIndex(source, "it has weight_map twice");
    found = true;
    scanner.members((tensor) => {
      if (weightMap.has(tensor)) throw badIndex(source, `it names ${JSON.stringify(tensor.slice(0, 120))} twice`);
      weightMap.set(tensor, scanner.string());
    });
  });
  scanner.end();
  if (!found) throw badIndex(source, "it has no weight_map");
  return { weightMap };
}

/**
 * Opens every shard that an index names and puts the tensors together, in the index's order.
 * @param read reads one shard
 * @throws Failure `shards/bad-index`, `shards/missing`, `shards/missing-tensor`, `path/…` where a shard is outside the
 *   folder, and the reader's own.
 */
export function readShards(
  source: ByteSource,
  siblings: SiblingFiles,
  read: (shard: ByteSource) => Checkpoint,
): Checkpoint {
  const { weightMap } = readShardIndex(source);
  const files = [...new Set(weightMap.values())];
  if (files.length === 0) throw badIndex(source, "it names no file");
  if (files.length > maximumShards) throw badIndex(source, `it names ${files.length} files`);
  const shards = new Map(files.map((file) => [file, read(openShard(source, siblings, file))]));
  const tensors = new Map<string, Tensor>();
  for (const [name, file] of weightMap) {
    const tensor = shards.get(file)?.weights.tensors.get(name);
    if (tensor === undefined) {
      throw new Failure("shards/missing-tensor", `The index says that "${name}" is in "${file}", and it is not.`, {
        file: source.name,
        hint: "Index and shards are not of one checkpoint, or not all were copied: copy them again.",
      });
    }
    tensors.set(name, tensor);
  }
  const parts = [...shards.values()];
  return {
    format: parts[0]!.format,
    weights: { tensors, inModuleOrder: false },
    provenance: {
      facts: new Map([...parts.flatMap(({ provenance }) => [...provenance.facts]), ["shards", String(files.length)]]),
      notices: [...onceEach(parts.flatMap(({ provenance }) => provenance.notices)), ...unlisted(shards, weightMap)],
      prefix: "",
      alternatives: new Map(),
    },
  };
}

function openShard(index: ByteSource, siblings: SiblingFiles, file: string): ByteSource {
  try {
    return siblings.open(file);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "file/missing") throw error;
    throw new Failure("shards/missing", `The shard "${file}" is not beside its index.`, {
      file: index.name,
      hint: "Copy all shards into the folder of the index.",
    });
  }
}

/** A notice on tensors that are in the shards and not in the index: loaders leave them out, and so do we. */
function unlisted(shards: ReadonlyMap<string, Checkpoint>, weightMap: ReadonlyMap<string, string>): readonly Notice[] {
  const names = [...shards].flatMap(([file, { weights }]) =>
    [...weights.tensors.keys()].filter((name) => weightMap.get(name) !== file),
  );
  if (names.length === 0) return [];
  const message = `${names.length} tensors in the shards are not in the index and are left out (${names.slice(0, 3).join(", ")}).`;
  return [{ code: "shards/unlisted-tensor", message }];
}

function onceEach(notices: readonly Notice[]): readonly Notice[] {
  return [...new Map(notices.map((notice) => [notice.code, notice])).values()];
}

function badIndex(source: ByteSource, what: string): Failure {
  return new Failure("shards/bad-index", `This is not an index of shards: ${what}.`, { file: source.name });
}
