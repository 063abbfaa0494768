import { text } from "./attributes.ts";
import type { Cursor, Hdf5Bytes } from "./bytes.ts";
import { type Link, softLink } from "./links.ts";

const groupNode = 0;
const softLinkEntry = 2;

/**
 * The links of a group of the old form: a version 1 B-tree of symbol table nodes, names in a local heap (HDF5 file format
 * specification 3.0, III.A.1, III.B to D).
 * @param data the symbol table message
 * @throws Failure `h5/soft-link`, `h5/damaged`, `h5/truncated`
 */
export function readSymbolTable(file: Hdf5Bytes, data: Cursor): Link[] {
  const tree = data.u64();
  const names = localHeap(file, data.u64());
  const links: Link[] = [];
  for (const node of treeLeaves(file, tree, groupNode, 8)) {
    const header = file.read(node.child, 8);
    header.expect("SNOD");
    header.skip(2);
    const entries = file.read(node.child + 8, 40 * header.u16());
    while (entries.left > 0) {
      const nameOffset = entries.u64();
      const address = entries.u64();
      const kind = entries.u32();
      entries.skip(20);
      if (nameOffset >= names.length) throw file.damaged("a name lies outside its heap");
      const name = text(names.subarray(nameOffset));
      if (kind === softLinkEntry) throw softLink(file, name);
      links.push({ name, address });
    }
  }
  return links;
}

/** One entry of a version 1 B-tree's leaves: its key, and where it points. */
export interface TreeEntry {
  readonly key: Cursor;
  readonly child: number;
}

/**
 * The entries at level 0 of a version 1 B-tree. No node is read twice and levels fall by one, so that a tree that bites
 * its tail ends.
 * @param type of the nodes: 0 for groups, 1 for chunks
 * @param keySize bytes of a key
 */
export function treeLeaves(file: Hdf5Bytes, root: number, type: number, keySize: number): TreeEntry[] {
  const leaves: TreeEntry[] = [];
  const seen = new Set<number>();
  const waiting: { readonly address: number; readonly level: number | undefined }[] = [
    { address: root, level: undefined },
  ];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next.address)) throw file.damaged("a tree meets itself");
    seen.add(next.address);
    const header = file.read(next.address, 24);
    header.expect("TREE");
    const nodeType = header.u8();
    const level = header.u8();
    const count = header.u16();
    if (nodeType !== type || (next.level !== undefined && level !== next.level)) {
      throw file.damaged("a tree's node is of another tree");
    }
    const entries = file.read(next.address + 24, count * (keySize + 8));
    const children: TreeEntry[] = [];
    while (entries.left > 0) children.push({ key: entries.take(keySize), child: entries.u64() });
    // Pushed backwards, so that entries come out in the tree's order.
    if (level === 0) leaves.push(...children);
    else for (const { child } of children.reverse()) waiting.push({ address: child, level: level - 1 });
  }
  return leaves;
}

function localHeap(file: Hdf5Bytes, address: number): Uint8Array {
  const header = file.read(address, 32);
  header.expect("HEAP");
  header.skip(4);
  const size = header.u64();
  header.skip(8);
  return file.read(header.u64(), size).bytes;
}
