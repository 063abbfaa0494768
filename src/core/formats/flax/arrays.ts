import { Failure } from "../../failure.ts";
import { byteLength, type DType, elementCount, type Tensor } from "../../graph/tensor.ts";
import { concatenated, reshaped } from "../../graph/tensorViews.ts";
import type { ByteSource } from "../byteSource.ts";
import { storedTensor } from "../storedTensor.ts";
import { type MsgpackMap, type MsgpackValue, malformed, type Range, readMsgpack } from "./msgpack.ts";

/** Arrays as `flax.serialization` writes them: extension 1 is an array, 3 a NumPy scalar, both packed alike. */

const arrayExtensions: ReadonlySet<number> = new Set([1, 3]);

/** Marks a map that stands for an array of over 2^30 bytes, cut into pieces. */
const chunkedMark = "__msgpack_chunked_array__";

/** NumPy's names, those of ml_dtypes included, which keeps a byte for each element of 4 bits. */
const dtypes: ReadonlyMap<string, DType> = new Map<string, DType>([
  ["float32", "float32"],
  ["float64", "float64"],
  ["float16", "float16"],
  ["bfloat16", "bfloat16"],
  ["int8", "int8"],
  ["int16", "int16"],
  ["int32", "int32"],
  ["int64", "int64"],
  ["uint8", "uint8"],
  ["uint16", "uint16"],
  ["uint32", "uint32"],
  ["uint64", "uint64"],
  ["bool", "bool"],
  ["complex64", "complex64"],
  ["complex128", "complex128"],
  ["float8_e4m3fn", "float8e4m3fn"],
  ["float8_e4m3fnuz", "float8e4m3fnuz"],
  ["float8_e5m2", "float8e5m2"],
  ["float8_e5m2fnuz", "float8e5m2fnuz"],
  ["int4", "int8"],
  ["uint4", "uint8"],
]);

/**
 * The array that a value stands for; `undefined` where it is something else.
 * @param name for messages
 * @throws Failure `flax/malformed`, `flax/dtype`, `flax/size-mismatch`, and those of {@link readMsgpack}.
 */
export function arrayOf(value: MsgpackValue, name: string, source: ByteSource): Tensor | undefined {
  if (value instanceof Map) return value.get(chunkedMark) === true ? chunkedArray(value, name, source) : undefined;
  if (typeof value !== "object" || value === null || value.kind !== "extension") return undefined;
  return arrayExtensions.has(value.type) ? storedArray(value.range, name, source) : undefined;
}

/** An extension's payload: msgpack of (shape, name of the type, bytes). */
function storedArray(range: Range, name: string, source: ByteSource): Tensor {
  const payload = readMsgpack(source, range);
  const parts = payload instanceof Map ? [...payload.values()] : [];
  const [sizes, typeName, data] = parts;
  const shape = shapeOf(sizes);
  if (parts.length !== 3 || shape === undefined || typeof typeName !== "string" || !isBinary(data)) {
    throw malformed(source, `The array ${JSON.stringify(name)} without shape, type and bytes`, range.offset);
  }
  const dtype = dtypes.get(typeName);
  if (dtype === undefined) {
    throw new Failure(
      "flax/dtype",
      `The array ${JSON.stringify(name)} is of ${typeName.slice(0, 60)}, which is not read.`,
      {
        file: source.name,
      },
    );
  }
  checkSize(name, { dtype, shape }, data.range.length, source);
  return storedTensor(dtype, shape, source, data.range.offset);
}

/** `{mark: true, shape: {0: …}, chunks: {0: array, …}}`; the pieces are flat. */
function chunkedArray(map: MsgpackMap, name: string, source: ByteSource): Tensor {
  const shape = shapeOf(map.get("shape"));
  const chunks = map.get("chunks");
  const pieces = (chunks instanceof Map ? inOrder(chunks) : []).map((chunk) => arrayOf(chunk, name, source));
  const [first] = pieces;
  if (shape === undefined || first === undefined || pieces.some((piece) => piece?.dtype !== first.dtype)) {
    throw malformed(source, `The array ${JSON.stringify(name)} in pieces that do not fit`, 0);
  }
  const whole = pieces
    .filter((piece) => piece !== undefined)
    .map((piece) => reshaped(piece, [elementCount(piece.shape)]));
  const bytes = whole.reduce((sum, piece) => sum + byteLength(piece), 0);
  checkSize(name, { dtype: first.dtype, shape }, bytes, source);
  // Pieces are of one type, so that laying them behind one another is all there is to it.
  return reshaped(concatenated(whole, 0), shape);
}

function checkSize(name: string, kind: Pick<Tensor, "dtype" | "shape">, bytes: number, source: ByteSource): void {
  if (byteLength(kind) === bytes) return;
  throw new Failure(
    "flax/size-mismatch",
    `The array ${JSON.stringify(name)} has ${bytes} bytes, which is not what [${kind.shape.join(", ")}] of ${kind.dtype} takes.`,
    { file: source.name },
  );
}

function shapeOf(value: MsgpackValue | undefined): readonly number[] | undefined {
  if (!(value instanceof Map)) return undefined;
  const shape: number[] = [];
  for (const size of inOrder(value)) {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
    shape.push(size);
  }
  return Number.isSafeInteger(elementCount(shape)) ? shape : undefined;
}

/** The values under `0`, `1`, …; those of other names are left out. */
function inOrder(map: MsgpackMap): readonly MsgpackValue[] {
  return Array.from({ length: map.size }, (_, i) => map.get(String(i)) ?? null);
}

function isBinary(value: MsgpackValue | undefined): value is { readonly kind: "binary"; readonly range: Range } {
  return typeof value === "object" && value !== null && !(value instanceof Map) && value.kind === "binary";
}
