import { Failure } from "../failure.ts";
import { ByteCursor } from "./byteCursor.ts";
import type { ByteSource } from "./byteSource.ts";
import { type JsonKind, jsonKind } from "./jsonKind.ts";
import { decodeLatin1 } from "./latin1.ts";
import { type ProtobufKind, protobufKind } from "./protobufKind.ts";
import { type FileKind, sniff } from "./sniff.ts";
import { looksLikeTable } from "./tensorflow/table.ts";
import { decodeUtf8 } from "./utf8.ts";
import { type ZipKind, zipKind } from "./zipKind.ts";

/** What a file is, by its content. */
export type Identified =
  | Exclude<FileKind, "zip" | "json">
  | ZipKind
  | JsonKind
  | ProtobufKind
  | "torch-tar"
  | "tensorflow-bundle"
  | "flax"
  | "mxnet"
  | "openvino"
  | "compressed"
  | "image";

/** Magic bytes beyond those that {@link sniff} knows. */
const magics: readonly (readonly [Identified, readonly number[]])[] = [
  ["compressed", [0x1f, 0x8b]],
  ["compressed", [0x28, 0xb5, 0x2f, 0xfd]],
  ["compressed", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["compressed", [0x42, 0x5a, 0x68]],
  ["compressed", [0x37, 0x7a, 0xbc, 0xaf]],
  ["image", [0x89, 0x50, 0x4e, 0x47]],
  ["image", [0xff, 0xd8, 0xff]],
  ["image", [0x47, 0x49, 0x46, 0x38]],
  // `manifest.ocdbt` of TensorStore, on which Orbax builds.
  ["orbax", [0x0c, 0xdb, 0x3a, 0x2a]],
  ["mxnet", [0x12, 0x01, 0, 0, 0, 0, 0, 0]],
];

const headBytes = 4096;
/** HDF5 allows other data before its own, up to any power of two from 512 on. */
const hdf5Offsets = [512, 1024, 2048];
const hdf5Magic = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Identifies a file by its content; of a file that says nothing by itself, its name is believed where it is that of a format
 * whose reader says what is wrong.
 * @throws Failure `zip/…` for damaged or hostile zip files, but for those that merely lack their end.
 */
export function identify(source: ByteSource): Identified {
  const kind = sniff(source);
  switch (kind) {
    case "zip":
      return zipKind(source);
    case "json":
      return jsonKind(source);
    case "tar":
      return isTorchTar(source) ? "torch-tar" : "tar";
    case "onnx":
    case "unknown":
      return lookCloser(source);
    default:
      return kind;
  }
}

function lookCloser(source: ByteSource): Identified {
  const head = new Uint8Array(source.read(0, Math.min(source.size, headBytes)));
  const startsWith = (bytes: readonly number[], at = 0) => bytes.every((byte, i) => head[at + i] === byte);
  const magic = magics.find(([, bytes]) => startsWith(bytes));
  if (magic) return magic[0];
  if (hdf5Offsets.some((offset) => startsWith(hdf5Magic, offset))) return "hdf5";
  if (looksLikeTable(source)) return "tensorflow-bundle";
  const text = decodeLatin1(head);
  const markup = markupKind(text, source);
  if (markup) return markup;
  if (isOldPickle(text, source)) return "pickle";
  return isNamedMap(head) ? "flax" : (protobufKind(source) ?? byName(source.name));
}

/** Whether a file begins as a pickle of protocol 0 or 1, which have no magic, and ends as every pickle does. */
function isOldPickle(head: string, source: ByteSource): boolean {
  const stop = 0x2e;
  const begins = /^(?:c[\w.]+\n[\w.]+\n|\((?:[dl]p\d+\n|c[\w.]+\n)|[}\]]q\0)/.test(head);
  return begins && source.read(source.size - 1, 1)[0] === stop;
}

/** Text that begins as a page, an XML error of a file store, or JSON behind white space. */
function markupKind(head: string, source: ByteSource): Identified | undefined {
  const text = head.replace(/^ï»¿/, "").trimStart();
  if (/^<(?:!doctype\s+html|html|head|body|error)\b/i.test(text)) return "html";
  if (/^<\?xml/i.test(text)) return /<net\s/.test(text) ? "openvino" : "html";
  return /^[[{]/.test(text) && text !== head ? jsonKind(source) : undefined;
}

/** Whether bytes begin as a msgpack map whose first name is a text, as Flax writes it. */
function isNamedMap(head: Uint8Array): boolean {
  const overrun = () => new Failure("flax/truncated", "The map ends before its first name.");
  const source = { name: "", size: head.length, read: (at: number, length: number) => head.subarray(at, at + length) };
  const cursor = new ByteCursor(source, "big-endian", overrun);
  try {
    const type = cursor.uint8();
    const count = type > 0x80 && type < 0x90 ? type - 0x80 : type === 0xde ? cursor.uint16() : 0;
    const name = count > 0 ? cursor.uint8() : 0;
    const length = name >= 0xa1 && name < 0xc0 ? name - 0xa0 : name === 0xd9 ? cursor.uint8() : 0;
    const text = length > 0 ? decodeUtf8(cursor.bytes(length)) : undefined;
    return text !== undefined && /^[\w./ -]+$/.test(text);
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** PyTorch before 0.2 wrote a tar file with these members (and `tensors`, where there are some). */
function isTorchTar(source: ByteSource): boolean {
  const wanted = new Set(["storages", "pickle"]);
  const blockBytes = 512;
  for (let at = 0, members = 0; at + blockBytes <= source.size && members < 16 && wanted.size > 0; members++) {
    const header = decodeLatin1(source.read(at, blockBytes));
    wanted.delete(header.slice(0, 100).replace(/\0.*$/s, "").replace(/^\.\//, ""));
    const size = Number.parseInt(header.slice(124, 136), 8);
    if (!Number.isSafeInteger(size) || size < 0) return false;
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
  }
  return wanted.size === 0;
}

function byName(name: string): Identified {
  if (/\.safetensors$/i.test(name)) return "safetensors";
  if (/\.onnx$/i.test(name)) return "onnx";
  return "unknown";
}
