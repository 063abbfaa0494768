import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";
import { readZipDirectory } from "./zipDirectory.ts";

/** Zip files by their members: PyTorch, Keras, NumPy and others all use the container. */
export type ZipKind =
  | "torch-zip"
  | "torchscript"
  | "pt2"
  | "pt2-aotinductor"
  | "keras"
  | "coreml"
  | "npz"
  | "half-written"
  | "zip";

/**
 * What a zip file holds. A file without the list of members at its end is `half-written`.
 * @throws Failure `zip/…`, as {@link readZipDirectory} says, but for `zip/no-end-record`.
 */
export function zipKind(source: ByteSource): ZipKind {
  try {
    return kindOfMembers([...readZipDirectory(source).keys()]);
  } catch (error) {
    if (error instanceof Failure && error.code === "zip/no-end-record") return "half-written";
    throw error;
  }
}

function kindOfMembers(names: readonly string[]): ZipKind {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  // Members of PyTorch's archives stand in one folder, which is named after the file.
  if (has(/^(?:[^/]+\/)?serialized_exported_program\.json$/) || has(/^[^/]+\/models\/[^/]+\.json$/)) return "pt2";
  if (has(/^(?:[^/]+\/)?data\/aotinductor\//)) return "pt2-aotinductor";
  if (has(/^[^/]+\/archive_format$/)) return "pt2";
  if (has(/^[^/]+\/constants\.pkl$/) && has(/^[^/]+\/(?:code\/|bytecode\.pkl$)/)) return "torchscript";
  if (has(/^(?:[^/]+\/)?data\.pkl$/)) return "torch-zip";
  if (has(/^config\.json$/) && has(/^(?:metadata\.json|model\.weights\.[\w.]+)$/)) return "keras";
  if (has(/\.mlmodel$/)) return "coreml";
  return names.length > 0 && names.every((name) => name.endsWith(".npy")) ? "npz" : "zip";
}
