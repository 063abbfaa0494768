import { Failure } from "../../core/failure.ts";
import type { ByteSource, SiblingFiles } from "../../core/formats/byteSource.ts";
import type { Checkpoint } from "../../core/formats/checkpoint.ts";
import { readFlax } from "../../core/formats/flax/reader.ts";
import { readGguf } from "../../core/formats/gguf/reader.ts";
import { type Identified, identify } from "../../core/formats/identify.ts";
import { readKeras } from "../../core/formats/keras/reader.ts";
import { readKerasHdf5 } from "../../core/formats/keras/readHdf5.ts";
import { readOnnxCheckpoint } from "../../core/formats/onnx/checkpoint.ts";
import { readPt2 } from "../../core/formats/pt2/reader.ts";
import { refusalOf } from "../../core/formats/refusals.ts";
import { readSafetensors } from "../../core/formats/safetensors/reader.ts";
import { readSafetensorsIndex } from "../../core/formats/safetensors/shardedReader.ts";
import { readShards } from "../../core/formats/shards.ts";
import { readTensorBundle } from "../../core/formats/tensorflow/reader.ts";
import { readSavedModel } from "../../core/formats/tensorflow/savedModel.ts";
import { readTfjs } from "../../core/formats/tfjs/reader.ts";
import { readTorch } from "../../core/formats/torch/reader.ts";
import { readTorchScript } from "../../core/formats/torchscript/reader.ts";

type Reader = (source: ByteSource, siblings: SiblingFiles) => Checkpoint;

/** Who reads what; kinds that are not here are refused by name. */
const readers: Partial<Record<Identified, Reader>> = {
  onnx: readOnnxCheckpoint,
  safetensors: readSafetensors,
  "safetensors-index": readSafetensorsIndex,
  "torch-zip": readTorch,
  "torch-legacy": readTorch,
  "torch-tar": readTorch,
  "torch-index": (source, siblings) => readShards(source, siblings, readTorch),
  pickle: readTorch,
  torchscript: readTorchScript,
  pt2: readPt2,
  keras: readKeras,
  hdf5: readKerasHdf5,
  tfjs: readTfjs,
  "tensorflow-bundle": readTensorBundle,
  "saved-model": readSavedModel,
  flax: readFlax,
  gguf: readGguf,
};

/**
 * Reads a checkpoint by the reader for what its content is.
 * @param siblings the files beside it, which it may name.
 * @throws Failure of the reader, or of the kind where none reads it.
 */
export function readCheckpoint(source: ByteSource, siblings: SiblingFiles): Checkpoint {
  const kind = identify(source);
  const reader = readers[kind];
  if (reader) return reader(source, siblings);
  throw refusalOf(kind, source) ?? new Failure("not-a-checkpoint", "This is no checkpoint.", { file: source.name });
}
