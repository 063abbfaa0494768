import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";
import { bytesSource } from "./byteSource.ts";
import { inflate } from "./inflate.ts";
import type { NumericDType, StoredArray } from "./storedArray.ts";
import { checkExtent } from "./storedArray.ts";

/** Type codes of the format (third byte), from the MNIST page of LeCun, Cortes and Burges. */
const dtypes: ReadonlyMap<number, NumericDType> = new Map([
  [0x08, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"],
]);

/** Largest file that a `.gz` may unpack to. All of EMNIST's training images take 550 MB. */
const maxUnpacked = 2 ** 30;

/** Whether the bytes begin as an IDX file or a gzip file do. */
export function looksLikeIdx(source: ByteSource): boolean {
  if (source.size < 8) return false;
  const [a, b, type, rank] = source.read(0, 4);
  return isGzip(source) || (a === 0 && b === 0 && dtypes.has(type ?? 0) && (rank ?? 0) > 0);
}

/**
 * Opens an IDX file, gzipped or not. A gzipped one is unpacked into memory.
 * @throws Failure `idx/not-idx`, `idx/bad-shape`, `idx/truncated`, `gzip/damaged`, `gzip/bomb`
 */
export function openIdx(source: ByteSource): StoredArray {
  const plain = isGzip(source) ? gunzip(source) : source;
  const header = new Uint8Array(plain.read(0, Math.min(plain.size, 4)));
  const dtype = dtypes.get(header[2] ?? 0);
  const rank = header[3] ?? 0;
  if (header[0] !== 0 || header[1] !== 0 || dtype === undefined || rank === 0) {
    throw new Failure("idx/not-idx", "This is not an IDX file (the format of MNIST).", { file: source.name });
  }
  const offset = 4 + 4 * rank;
  if (offset > plain.size) {
    throw new Failure("idx/truncated", `Its header, with ${rank} sizes, is cut off.`, { file: source.name });
  }
  const bytes = plain.read(4, 4 * rank);
  const sizes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => sizes.getUint32(4 * axis));
  const array: StoredArray = { source: plain, offset, dtype, littleEndian: false, fortranOrder: false, shape };
  checkExtent(array, "idx");
  return array;
}

/**
 * File names under which the labels of an image file may lie beside it: `t10k-images-idx3-ubyte` has
 * `t10k-labels-idx1-ubyte`, with a dot where the file has one (`t10k-images.idx3-ubyte`), gzipped or not.
 * @returns none where the name is not that of an image file
 */
export function idxLabelNames(imageFile: string): readonly string[] {
  const bare = imageFile.replace(/\.gz$/i, "");
  const labels = bare.replace("images", "labels").replace("idx3", "idx1");
  return labels === bare ? [] : [labels, `${labels}.gz`];
}

function isGzip(source: ByteSource): boolean {
  const head = source.read(0, Math.min(source.size, 2));
  return head[0] === 0x1f && head[1] === 0x8b;
}

function gunzip(source: ByteSource): ByteSource {
  const bytes = inflate("gzip", source.read(0, source.size), maxUnpacked);
  if (bytes === "too-large") {
    throw new Failure("gzip/bomb", `It unpacks to more than ${maxUnpacked} bytes.`, {
      file: source.name,
      hint: "Unpack it and use the plain file, which is read in pieces.",
    });
  }
  if (bytes === "damaged") {
    throw new Failure("gzip/damaged", "It cannot be unpacked: it is cut off or damaged.", { file: source.name });
  }
  return bytesSource(source.name, bytes);
}
