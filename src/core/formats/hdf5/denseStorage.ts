import type { Cursor, Hdf5Bytes } from "./bytes.ts";
import { FractalHeap } from "./fractalHeap.ts";

/** Bytes of a node before its records, and of the checksum behind them. */
const nodeOverhead = 10;

/**
 * Links or attributes of an object that has many: messages in a fractal heap, listed by a version 2 B-tree (HDF5 file
 * format specification 3.0, III.A.2).
 * @param tree address of the B-tree by names
 * @param idOffset where in a record the heap's identifier stands: 4 for links, 0 for attributes
 * @returns a message each
 */
export function readDense(file: Hdf5Bytes, heapAddress: number, tree: number, idOffset: number): Cursor[] {
  const heap = new FractalHeap(file, heapAddress);
  return treeRecords(file, tree).map((record) => {
    record.skip(idOffset);
    return heap.object(record);
  });
}

/** The records of a version 2 B-tree, in no particular order. */
function treeRecords(file: Hdf5Bytes, address: number): Cursor[] {
  const header = file.read(address, 38);
  header.expect("BTHD");
  header.skip(2);
  const nodeSize = header.u32();
  const recordSize = header.u16();
  const depth = header.u16();
  header.skip(2);
  const root = header.address();
  const rootRecords = header.u16();
  if (root === undefined) return [];
  if (recordSize === 0 || nodeSize <= nodeOverhead || depth > 16) throw file.damaged("a tree has impossible sizes");
  const countSizes = pointerSizes(nodeSize, recordSize, depth);
  const records: Cursor[] = [];
  const seen = new Set<number>();
  const waiting = [{ address: root, count: rootRecords, level: depth }];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node.address)) throw file.damaged("a tree meets itself");
    seen.add(node.address);
    const bytes = file.readUpTo(node.address, nodeSize);
    bytes.expect(node.level === 0 ? "BTLF" : "BTIN");
    bytes.skip(2);
    for (let i = 0; i < node.count; i++) records.push(bytes.take(recordSize));
    if (node.level === 0) continue;
    const { count, total } = countSizes[node.level - 1] ?? { count: 0, total: 0 };
    for (let i = 0; i <= node.count; i++) {
      const child = bytes.u64();
      waiting.push({ address: child, count: bytes.uint(count), level: node.level - 1 });
      bytes.skip(total);
    }
  }
  return records;
}

/** Bytes that a pointer to a node takes for the node's records, and for those below it, by the node's level. */
function pointerSizes(nodeSize: number, recordSize: number, depth: number): { count: number; total: number }[] {
  const sizes: { count: number; total: number }[] = [];
  let most = Math.floor((nodeSize - nodeOverhead) / recordSize);
  let below = most;
  for (let level = 0; level < depth; level++) {
    const pointer = { count: bytesFor(most), total: level === 0 ? 0 : bytesFor(below) };
    sizes.push(pointer);
    const size = 8 + pointer.count + pointer.total;
    most = Math.floor((nodeSize - nodeOverhead - size) / (recordSize + size));
    below = (most + 1) * below + most;
  }
  return sizes;
}

function bytesFor(count: number): number {
  return Math.max(1, Math.ceil(Math.log2(count + 1) / 8));
}
