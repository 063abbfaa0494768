/** Formats as their makers write them, by the short names of reports. */
const names: ReadonlyMap<string, string> = new Map([
  ["onnx", "ONNX"],
  ["pytorch", "PyTorch"],
  ["torchscript", "TorchScript"],
  ["pt2", "torch.export"],
  ["safetensors", "safetensors"],
  ["keras", "Keras"],
  ["hdf5", "HDF5"],
  ["tfjs", "TensorFlow.js"],
  ["tensorflow", "TensorFlow"],
  ["flax", "Flax"],
  ["gguf", "GGUF"],
]);

/** A format as people know it; one that is not known stays as it is. */
export function formatName(format: string): string {
  return names.get(format) ?? format;
}
