import type { ByteSource } from "./byteSource.ts";

/** What a file is, told from its first bytes. Extensions lie: `.pt` alone can be seven different things. */
export type FileKind =
  | "onnx"
  | "safetensors"
  | "zip"
  | "torch-legacy"
  | "pickle"
  | "hdf5"
  | "gguf"
  | "npy"
  | "tar"
  | "tflite"
  | "executorch"
  | "git-lfs-pointer"
  | "html"
  | "json"
  | "empty"
  | "unknown";

const torchLegacyMagic = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** Bytes at fixed places, most specific first (formats by their own specifications). */
const magics: readonly { readonly kind: FileKind; readonly offset: number; readonly bytes: readonly number[] }[] = [
  { kind: "zip", offset: 0, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { kind: "hdf5", offset: 0, bytes: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] },
  { kind: "gguf", offset: 0, bytes: ascii("GGUF") },
  { kind: "npy", offset: 0, bytes: [0x93, ...ascii("NUMPY")] },
  { kind: "torch-legacy", offset: 0, bytes: torchLegacyMagic },
  { kind: "tflite", offset: 4, bytes: ascii("TFL3") },
  { kind: "executorch", offset: 4, bytes: ascii("ET12") },
  { kind: "git-lfs-pointer", offset: 0, bytes: ascii("version https://git-lfs") },
  { kind: "html", offset: 0, bytes: ascii("<!DOC") },
  { kind: "html", offset: 0, bytes: ascii("<!doc") },
  { kind: "html", offset: 0, bytes: ascii("<html") },
  { kind: "tar", offset: 257, bytes: ascii("ustar") },
];

/** Identifies a file by its content. */
export function sniff(source: ByteSource): FileKind {
  if (source.size === 0) return "empty";
  const head = source.read(0, Math.min(source.size, 512)).slice();
  for (const { kind, offset, bytes } of magics) {
    if (bytes.every((byte, i) => head[offset + i] === byte)) return kind;
  }
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return "pickle";
  // Eight bytes of header length, then the JSON header.
  if (head[8] === 0x7b && head[6] === 0 && head[7] === 0) return "safetensors";
  if (head[0] === 0x7b || head[0] === 0x5b) return "json";
  // ModelProto begins with `ir_version` (field 1, varint), as every known exporter writes it.
  if (head[0] === 0x08) return "onnx";
  return "unknown";
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
