import type { Cursor, Hdf5Bytes } from "./bytes.ts";

/** A heap of objects that belong to one group or object (HDF5 file format specification 3.0, III.G). */
export class FractalHeap {
  readonly #file: Hdf5Bytes;
  readonly #idLength: number;
  readonly #offsetSize: number;
  readonly #tableWidth: number;
  readonly #startingSize: number;
  readonly #maximumDirectSize: number;
  readonly #root: number | undefined;
  /** Rows of the root block; none where that is a direct block. */
  readonly #rootRows: number;

  /** @throws Failure `h5/damaged`, `h5/unsupported` */
  constructor(file: Hdf5Bytes, address: number) {
    this.#file = file;
    const header = file.read(address, 142);
    header.expect("FRHP");
    header.skip(1);
    this.#idLength = header.u16();
    if (header.u16() !== 0) throw file.unsupported("a compressed heap");
    // Flags, sizes and counts that reading does not need.
    header.skip(1 + 4 + 12 * 8);
    this.#tableWidth = header.u16();
    this.#startingSize = header.u64();
    this.#maximumDirectSize = header.u64();
    this.#offsetSize = Math.ceil(header.u16() / 8);
    header.skip(2);
    this.#root = header.address();
    this.#rootRows = header.u16();
    const sizes = [this.#tableWidth, this.#startingSize, this.#maximumDirectSize];
    if (sizes.some((size) => size < 1) || this.#offsetSize > 8) throw file.damaged("a heap has impossible sizes");
  }

  /** The object that an identifier, next under the cursor, stands for. */
  object(id: Cursor): Cursor {
    const kind = id.u8() & 0x30;
    if (kind !== 0) throw this.#file.unsupported("objects outside their heap's blocks");
    const offset = id.uint(this.#offsetSize);
    const length = id.uint(Math.max(0, Math.min(6, this.#idLength - 1 - this.#offsetSize)));
    return this.#file.read(this.#addressOf(offset), length);
  }

  /** Where in the file an offset of the heap's own space lies: rows of blocks that double in size from the second on. */
  #addressOf(offset: number): number {
    let block = this.#root;
    let rows = this.#rootRows;
    let inside = offset;
    // Each step goes into a smaller block.
    for (let depth = 0; depth < 64 && block !== undefined; depth++) {
      if (rows === 0) return block + inside;
      let row = 0;
      let index = 0;
      for (; row < rows; row++, index += this.#tableWidth) {
        const rowSize = this.#blockSize(row) * this.#tableWidth;
        if (inside < rowSize) break;
        inside -= rowSize;
      }
      if (row === rows) break;
      const size = this.#blockSize(row);
      index += Math.floor(inside / size);
      inside %= size;
      const isDirect = size <= this.#maximumDirectSize;
      // Signature, version, the heap's address and the block's offset stand before the children.
      block = this.#file.read(block + 13 + this.#offsetSize + 8 * index, 8).address();
      rows = isDirect ? 0 : Math.round(Math.log2(size / (this.#startingSize * this.#tableWidth))) + 1;
      if (!isDirect && rows < 1) break;
    }
    throw this.#file.damaged("an object lies outside its heap");
  }

  #blockSize(row: number): number {
    return this.#startingSize * 2 ** Math.max(0, row - 1);
  }
}
