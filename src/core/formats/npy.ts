import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";
import { decodeLatin1 } from "./latin1.ts";
import type { NumericDType, StoredArray } from "./storedArray.ts";
import { checkExtent } from "./storedArray.ts";

/** `\x93NUMPY`, as Latin-1. */
const magic = "\u0093NUMPY";
/** Longest header read. NumPy's own limit is 10 000 characters; structured types, which we refuse, need more. */
const maxHeader = 65_536;

/** Element types by NumPy's kind and size. */
export const numpyDTypes: ReadonlyMap<string, NumericDType> = new Map([
  ["f8", "float64"],
  ["f4", "float32"],
  ["f2", "float16"],
  ["i1", "int8"],
  ["i2", "int16"],
  ["i4", "int32"],
  ["i8", "int64"],
  ["u1", "uint8"],
  ["u2", "uint16"],
  ["u4", "uint32"],
  ["u8", "uint64"],
  ["b1", "bool"],
]);

/**
 * Opens a `.npy` file, format versions 1 to 3 (NumPy enhancement proposal 1). Only the header is read.
 * @throws Failure `npy/not-npy`, `npy/version`, `npy/bad-header`, `npy/dtype`, `npy/bad-shape`, `npy/truncated`
 */
export function openNpy(source: ByteSource): StoredArray {
  const start = decodeLatin1(source.read(0, Math.min(source.size, 12)));
  if (!start.startsWith(magic) || start.length < 10) throw refuse(source, "npy/not-npy", "This is not a .npy file.");
  const version = start.charCodeAt(6);
  if (version < 1 || version > 3)
    throw refuse(source, "npy/version", `Its format version is ${version}; 1 to 3 are read.`);
  // Version 1 has a 16-bit header length, later ones 32 bits.
  const lengthSize = version === 1 ? 2 : 4;
  let length = 0;
  for (let i = 0; i < lengthSize; i++) length += start.charCodeAt(8 + i) * 256 ** i;
  const offset = 8 + lengthSize + length;
  if (!(length <= maxHeader && offset <= source.size)) {
    throw refuse(source, "npy/bad-header", "Its header is cut off or absurdly long.");
  }
  const header = parseHeader(source, decodeLatin1(source.read(8 + lengthSize, length)));
  const array: StoredArray = { source, offset, ...header };
  checkExtent(array, "npy");
  return array;
}

/**
 * Bytes of a `.npy` file, version 1, C order.
 * @param bytes the elements, little-endian and row-major
 */
export function writeNpy(
  dtype: "float32" | "float64" | "int64",
  shape: readonly number[],
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const descr = { float32: "<f4", float64: "<f8", int64: "<i8" }[dtype];
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  // Magic, version and length take 10 bytes; the elements begin at a multiple of 64, after a newline.
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 11)}\n`;
  const head = `${magic}\u0001\u0000${String.fromCharCode(padded.length & 0xff, padded.length >> 8)}${padded}`;
  const out = new Uint8Array(head.length + bytes.length);
  for (let i = 0; i < head.length; i++) out[i] = head.charCodeAt(i);
  out.set(bytes, head.length);
  return out;
}

const key = /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*/y;
const quoted = /(['"])([^'"]*)\1/y;
const bool = /True|False/y;
const tuple = /\(\s*((?:\d+L?\s*,\s*)*(?:\d+L?\s*)?)\)/y;
const separator = /\s*,?/y;
const end = /\s*\}\s*$/y;

/**
 * Reads the header, a Python dictionary literal with exactly three keys in any order, by matching what may stand
 * there: nothing is evaluated.
 */
function parseHeader(source: ByteSource, text: string): Omit<StoredArray, "source" | "offset"> {
  let position = text.indexOf("{") + 1;
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found !== null) position = pattern.lastIndex;
    return found ?? undefined;
  };
  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  for (let found = match(key); found !== undefined; match(separator), found = match(key)) {
    if (found[2] === "descr") {
      if (text[position] === "[")
        throw refuse(source, "npy/dtype", "It holds records (a structured type), not numbers.");
      descr = match(quoted)?.[2];
    } else if (found[2] === "fortran_order") {
      const value = match(bool)?.[0];
      fortranOrder = value === undefined ? undefined : value === "True";
    } else {
      const sizes = match(tuple)?.[1];
      shape = sizes
        ?.split(",")
        .filter((size) => size.trim() !== "")
        .map((size) => Number.parseInt(size, 10));
    }
  }
  if (descr === undefined || fortranOrder === undefined || shape === undefined || match(end) === undefined) {
    throw refuse(source, "npy/bad-header", `Its header is not understood: ${text.slice(0, 120).trim()}`);
  }
  const dtype = numpyDTypes.get(descr.slice(1));
  if (dtype === undefined || !"<>|=".includes(descr.charAt(0))) {
    const what = descr.endsWith("O") ? "pickled Python objects, which are never loaded" : `elements of type "${descr}"`;
    throw refuse(source, "npy/dtype", `It holds ${what}.`, "Save it as float32, float64 or an integer type.");
  }
  return { dtype, littleEndian: !descr.startsWith(">"), fortranOrder, shape };
}

function refuse(source: ByteSource, code: string, message: string, hint?: string): Failure {
  return new Failure(code, message, { file: source.name, hint });
}
