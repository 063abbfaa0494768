import type { Hdf5Bytes } from "./bytes.ts";

/** The objects of variable length that a file holds (HDF5 file format specification 3.0, III.E). */
export class GlobalHeap {
  readonly #file: Hdf5Bytes;
  readonly #collections = new Map<number, ReadonlyMap<number, Uint8Array>>();

  constructor(file: Hdf5Bytes) {
    this.#file = file;
  }

  /** An object's bytes. @throws Failure `h5/damaged`, `h5/truncated` */
  object(collection: number, index: number): Uint8Array {
    let objects = this.#collections.get(collection);
    if (!objects) {
      objects = this.#read(collection);
      this.#collections.set(collection, objects);
    }
    const found = objects.get(index);
    if (!found) throw this.#file.damaged(`the heap at ${collection} has no object ${index}`);
    return found;
  }

  #read(address: number): ReadonlyMap<number, Uint8Array> {
    const header = this.#file.read(address, 16);
    header.expect("GCOL");
    header.skip(4);
    const size = header.u64();
    const bytes = this.#file.read(address + 16, Math.max(0, size - 16));
    const objects = new Map<number, Uint8Array>();
    while (bytes.left >= 16) {
      const index = bytes.u16();
      bytes.skip(6);
      const length = bytes.u64();
      // Object 0 is the free space at the end.
      if (index === 0) break;
      objects.set(index, bytes.take(length).bytes);
      bytes.skip(Math.min(bytes.left, (8 - (length % 8)) % 8));
    }
    return objects;
  }
}
