import { elementCount } from "../../graph/tensor.ts";
import { inflate } from "../inflate.ts";
import type { Hdf5Bytes } from "./bytes.ts";
import { treeLeaves } from "./symbolTable.ts";

/** A data set that is stored in pieces. */
export interface Chunked {
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  readonly elementSize: number;
  /** Numbers of the filters, in the order of writing. */
  readonly filters: readonly number[];
}

/** One piece: where it begins in the data set, and where its bytes are. */
export interface Chunk {
  readonly start: readonly number[];
  readonly address: number;
  readonly length: number;
  /** Bits of the filters that were left out. */
  readonly skipped: number;
}

const chunkNode = 1;
const deflate = 1;
const shuffle = 2;
const fletcher32 = 3;

/**
 * Lists the pieces (HDF5 file format specification 3.0, III.A.1, keys of node type 1).
 * @throws Failure `h5/damaged`, `h5/truncated`, `h5/unsupported`
 */
export function listChunks(file: Hdf5Bytes, tree: number, { shape, chunk, filters }: Chunked): Chunk[] {
  const other = filters.find((filter) => ![deflate, shuffle, fletcher32].includes(filter));
  if (other !== undefined) throw file.unsupported(`compression by filter ${other}`);
  if (chunk.length !== shape.length || chunk.some((size) => size === 0)) throw file.damaged("pieces of another rank");
  const rank = shape.length;
  const seen = new Set<string>();
  return treeLeaves(file, tree, chunkNode, 8 + 8 * (rank + 1)).map(({ key, child }) => {
    const length = key.u32();
    const skipped = key.u32();
    const start = Array.from({ length: rank }, () => key.u64());
    if (!start.every((at, axis) => at < shape[axis]! && at % chunk[axis]! === 0) || seen.has(`${start}`)) {
      throw file.damaged("a piece lies outside its data set, or on another");
    }
    seen.add(`${start}`);
    if (!(child + length <= file.source.size))
      throw file.failure("h5/truncated", "A piece lies beyond the file's end.");
    return { start, address: child, length, skipped };
  });
}

/** Writes pieces to their places in the elements of the whole. @throws Failure `h5/damaged` */
export function readChunks(file: Hdf5Bytes, set: Chunked, chunks: readonly Chunk[], into: Uint8Array): void {
  const size = elementCount(set.chunk) * set.elementSize;
  for (const chunk of chunks) {
    const bytes = unfiltered(file, set, chunk, size);
    if (bytes.length < size) throw file.damaged("a piece has fewer elements than it should");
    place(bytes, set, chunk.start, into);
  }
}

function unfiltered(file: Hdf5Bytes, { filters, elementSize }: Chunked, chunk: Chunk, size: number): Uint8Array {
  let bytes = file.source.read(chunk.address, chunk.length).slice();
  for (const [index, filter] of [...filters.entries()].reverse()) {
    if ((chunk.skipped & (1 << index)) !== 0) continue;
    if (filter === deflate) {
      // A checksum may still follow the elements.
      const inflated = inflate("zlib", bytes, size + 4);
      if (typeof inflated === "string") throw file.damaged("a piece cannot be decompressed");
      bytes = inflated.slice();
    } else if (filter === shuffle) {
      bytes = unshuffled(bytes, elementSize);
    } else {
      bytes = bytes.slice(0, Math.max(0, bytes.length - 4));
    }
  }
  return bytes;
}

/** Puts together elements whose first bytes, second bytes, … were stored behind one another. */
function unshuffled(bytes: Uint8Array, elementSize: number): Uint8Array<ArrayBuffer> {
  const count = Math.floor(bytes.length / elementSize);
  const out = new Uint8Array(bytes);
  for (let part = 0; part < elementSize; part++) {
    for (let i = 0; i < count; i++) out[i * elementSize + part] = bytes[part * count + i]!;
  }
  return out;
}

/** Copies a piece row by row; what hangs over the data set's edge is dropped. */
function place(bytes: Uint8Array, { shape, chunk, elementSize }: Chunked, start: readonly number[], into: Uint8Array) {
  const last = shape.length - 1;
  if (last < 0) {
    into.set(bytes.subarray(0, into.length));
    return;
  }
  const row = Math.min(chunk[last]!, shape[last]! - start[last]!) * elementSize;
  const rows = elementCount(chunk) / chunk[last]!;
  for (let index = 0; index < rows; index++) {
    let rest = index;
    let target = start[last]!;
    let stride = shape[last]!;
    let inside = true;
    for (let axis = last - 1; axis >= 0; axis--) {
      const position = start[axis]! + (rest % chunk[axis]!);
      rest = Math.floor(rest / chunk[axis]!);
      inside &&= position < shape[axis]!;
      target += position * stride;
      stride *= shape[axis]!;
    }
    const from = index * chunk[last]! * elementSize;
    if (inside) into.set(bytes.subarray(from, from + row), target * elementSize);
  }
}
