import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";
import { JsonScanner } from "./jsonScanner.ts";
import { decodeUtf8 } from "./utf8.ts";

/** JSON files by the names at their top. */
export type JsonKind =
  | "tfjs"
  | "safetensors-index"
  | "torch-index"
  | "hf-config"
  | "keras-config"
  | "coreml"
  | "orbax"
  | "json";

/** Topologies and tokenizers take some 20 MB. */
const maximumBytes = 64 * 2 ** 20;

/** What a JSON file describes; `json` where that is nothing we know, or where it is none. */
export function jsonKind(source: ByteSource): JsonKind {
  const text = source.size > maximumBytes ? undefined : decodeUtf8(source.read(0, source.size));
  if (text === undefined) return "json";
  const names = new Set<string>();
  const scanner = new JsonScanner(text.replace(/^\uFEFF/, ""), (what) => new Failure("json/malformed", what));
  let shard = "";
  try {
    if (scanner.peek() !== "{") return "json";
    scanner.members((name) => {
      names.add(name);
      if (name !== "weight_map" || scanner.peek() !== "{") return scanner.skip();
      scanner.members(() => {
        if (scanner.peek() === '"') shard = scanner.string();
        else scanner.skip();
      });
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return "json";
  }
  return kindOfNames(names, shard);
}

function kindOfNames(names: ReadonlySet<string>, shard: string): JsonKind {
  if (names.has("weightsManifest") || names.has("modelTopology")) return "tfjs";
  if (names.has("weight_map")) return /\.(?:bin|pt|pth)$/.test(shard) ? "torch-index" : "safetensors-index";
  if (names.has("architectures") || names.has("model_type")) return "hf-config";
  if (names.has("class_name") && names.has("config")) return "keras-config";
  if (names.has("itemInfoEntries") || names.has("rootModelIdentifier")) return "coreml";
  // `_METADATA` and `_CHECKPOINT_METADATA`.
  if (names.has("tree_metadata") || names.has("item_handlers")) return "orbax";
  return "json";
}
