import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { readShards } from "../shards.ts";
import { readSafetensors } from "./reader.ts";

/**
 * Reads a checkpoint of several safetensors files by its index (`model.safetensors.index.json`).
 * @param siblings the files of the index's folder
 * @throws Failure as {@link readShards} and {@link readSafetensors} say.
 */
export function readSafetensorsIndex(source: ByteSource, siblings: SiblingFiles): Checkpoint {
  return readShards(source, siblings, readSafetensors);
}
