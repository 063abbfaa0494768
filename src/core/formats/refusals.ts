import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";
import type { Identified } from "./identify.ts";
import { decodeLatin1 } from "./latin1.ts";
import { conversion } from "./tensorflow/savedModel.ts";

type Refusal = readonly [code: string, message: string, hint: string];

/** Files that are no networks, and networks that are recognised and not read, with what to do about each. */
const refusals: Partial<Record<Identified, Refusal>> = {
  empty: ["empty-file", "The file is empty.", "It may still be being written: try again when that is done."],
  html: notACheckpoint("a web page or an error message of a server", "Download the file again; it may need a login."),
  image: notACheckpoint("a picture", "Pictures can be a probe: compare two networks with --probe FOLDER."),
  compressed: notACheckpoint("a compressed file", "Unpack it, and open what is in it."),
  tar: notACheckpoint("a tar archive", "Unpack it, and open the checkpoint in it."),
  zip: notACheckpoint("a zip archive that holds no network", "If a checkpoint is in it, unpack it and open that."),
  npy: notACheckpoint("a NumPy array, not a network", "Compare arrays with: likeness measure X.npy Y.npy"),
  npz: notACheckpoint("a file of NumPy arrays, not a network", "Compare arrays with: likeness measure X.npy Y.npy"),
  json: notACheckpoint("a JSON file that describes no network", "Open the file that holds the weights."),
  "hf-config": notACheckpoint("the configuration of a network, without its weights", "Open the weights beside it."),
  "keras-config": notACheckpoint(
    "the architecture of a Keras network, without its weights",
    "Open the file that holds the weights.",
  ),
  unknown: notACheckpoint(
    "in no format that is known",
    "PyTorch, safetensors, ONNX, Keras, TensorFlow, Flax and GGUF are: export the network to one of them.",
  ),
  "half-written": [
    "zip/no-end-record",
    "The file is cut off: the list of members at its end is missing.",
    "If the file is still being written or copied, try again when that is done.",
  ],
  "pt2-aotinductor": [
    "pt2/aotinductor-only",
    "The package holds compiled code and no graph; compiled code is never loaded.",
    "Save the program before it is compiled: torch.export.save(torch.export.export(model, args), 'model.pt2')",
  ],
  coreml: notRead(
    "coreml",
    "A Core ML model",
    "Open the network that it was converted from, or convert it: pip install onnxmltools coremltools, then onnxmltools.convert_coreml(model)",
  ),
  tflite: notRead(
    "tflite",
    "A TensorFlow Lite model",
    "Convert it: python -m tf2onnx.convert --tflite FILE --output model.onnx",
  ),
  executorch: notRead(
    "executorch",
    "An ExecuTorch program",
    "Open the program that it was lowered from: torch.export.save(exported, 'model.pt2')",
  ),
  orbax: notRead(
    "orbax",
    "An Orbax checkpoint",
    "Restore it in Python and save the parameters: safetensors.numpy.save_file(flax.traverse_util.flatten_dict(params, sep='.'), 'model.safetensors')",
  ),
  openvino: notRead("openvino", "An OpenVINO model", "Open the network that it was converted from."),
  mxnet: notRead("mxnet", "An MXNet checkpoint", "Export the network to ONNX: mxnet.onnx.export_model(…)"),
  "graph-def": notRead(
    "graph-def",
    "A frozen TensorFlow graph",
    "Convert it: python -m tf2onnx.convert --graphdef FILE --inputs NAME:0 --outputs NAME:0 --output model.onnx",
  ),
  "meta-graph": notRead(
    "meta-graph",
    "The graph of a TensorFlow checkpoint",
    `Open the .index file beside it for the variables; to run the network, convert it: ${conversion.replace("--saved-model FOLDER", "--checkpoint FILE")}`,
  ),
};

/** Why a file of this kind cannot be opened, and the way out; `undefined` where there is a reader for it. */
export function refusalOf(kind: Identified, source: ByteSource): Failure | undefined {
  if (kind === "git-lfs-pointer") return pointerFailure(source);
  const refusal = refusals[kind];
  return refusal && new Failure(refusal[0], refusal[1], { file: source.name, hint: refusal[2] });
}

/** A pointer is three lines of text, of which `size` is one. */
function pointerFailure(source: ByteSource): Failure {
  const text = decodeLatin1(source.read(0, Math.min(source.size, 1024)));
  const [, digits] = /^size (\d{1,15})$/m.exec(text) ?? [];
  const size = digits === undefined ? "" : ` of ${sizeText(Number(digits))}`;
  return new Failure("git-lfs-pointer", `This is a Git LFS pointer: the file${size} itself has not been fetched.`, {
    file: source.name,
    hint: "Run: git lfs pull",
  });
}

function sizeText(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

function notACheckpoint(what: string, hint: string): Refusal {
  return ["not-a-checkpoint", `This is ${what}.`, hint];
}

function notRead(format: string, what: string, hint: string): Refusal {
  return [`${format}/not-read`, `${what} is recognised but not read.`, hint];
}
