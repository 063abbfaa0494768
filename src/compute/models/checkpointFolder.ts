import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../core/failure.ts";

/** Files that stand for a folder which is one checkpoint, the most telling first. */
const mainFiles = [
  "model.safetensors.index.json",
  "model.safetensors",
  "diffusion_pytorch_model.safetensors",
  "adapter_model.safetensors",
  "pytorch_model.bin.index.json",
  "pytorch_model.bin",
  "model.json",
  "flax_model.msgpack",
  "saved_model.pb",
  "model.onnx",
  "manifest.ocdbt",
  "_METADATA",
  "Manifest.json",
];

/**
 * The file to read for a checkpoint: itself, or the main one of a folder (Hugging Face, TensorFlow.js, SavedModel).
 * @throws Failure `file/not-a-file` for a folder that is no checkpoint.
 */
export function mainFileOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  const main = mainFiles.map((name) => join(path, name)).find((file) => existsSync(file));
  if (main !== undefined) return main;
  throw new Failure("file/not-a-file", "This is a folder, and none that is one checkpoint.", {
    file: path,
    hint: "A folder is a checkpoint where it holds model.safetensors, pytorch_model.bin, model.json or saved_model.pb.",
  });
}
