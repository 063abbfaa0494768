import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";

/** The address of what was never allocated (HDF5 file format specification 3.0, "undefined address"). */
const undefinedAddress = 2 ** 64;

/**
 * Bytes of structure (headers, trees, heaps) read from one file. The largest real files take a few MiB; a file whose
 * tables point at each other in ever new ways ends here.
 */
const maximumStructure = 256 * 2 ** 20;

/** The bytes of an HDF5 file, read by ranges that are held against the file's size and against a budget. */
export class Hdf5Bytes {
  readonly source: ByteSource;
  #spent = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /**
   * A copy of a range of the file's structure.
   * @throws Failure `h5/truncated`, `h5/limit`
   */
  read(offset: number, length: number): Cursor {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > this.source.size) {
      throw this.failure("h5/truncated", `Bytes ${offset} to ${offset + length} lie beyond its ${this.source.size}.`);
    }
    // Each read counts for some bytes whatever its length, so that many small ones end as well.
    this.#spent += length + 64;
    if (this.#spent > maximumStructure) {
      throw this.failure("h5/limit", "Its tables take more to read than those of any model.");
    }
    return new Cursor(this, this.source.read(offset, length).slice());
  }

  /** As many of `length` bytes as the file has. */
  readUpTo(offset: number, length: number): Cursor {
    return this.read(offset, Math.max(0, Math.min(length, this.source.size - offset)));
  }

  /** A failure that names the file. */
  failure(code: string, message: string, hint?: string): Failure {
    return new Failure(code, message, {
      file: this.source.name,
      hint:
        hint ??
        (code === "h5/truncated"
          ? "If the file is still being written or copied, try again when that is done."
          : undefined),
    });
  }

  /** What the specification does not allow, or allows and nobody writes models with. */
  damaged(what: string): Failure {
    return this.failure("h5/damaged", `Its structure is damaged: ${what}.`);
  }

  /** A part of the specification that this reader leaves out. */
  unsupported(what: string): Failure {
    return this.failure(
      "h5/unsupported",
      `It uses ${what}, which cannot be read.`,
      "Save the model again with Keras itself, which writes plain HDF5.",
    );
  }
}

/** Reads little-endian numbers, one behind the other. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly #file: Hdf5Bytes;
  readonly #view: DataView;
  position = 0;

  constructor(file: Hdf5Bytes, bytes: Uint8Array) {
    this.#file = file;
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.position;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A 64-bit size; what a number cannot hold exactly is larger than any file anyway. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** A 64-bit address; `undefined` where nothing was allocated. */
  address(): number | undefined {
    const address = this.u64();
    return address === undefinedAddress ? undefined : address;
  }

  /** An unsigned number of so many bytes. */
  uint(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value += this.u8() * 256 ** i;
    return value;
  }

  /** The next bytes as a cursor of their own. */
  take(length: number): Cursor {
    const start = this.#advance(length);
    return new Cursor(this.#file, this.bytes.subarray(start, start + length));
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /** Passes over a signature of four letters. @throws Failure `h5/damaged` where it is another. */
  expect(signature: string): void {
    const found = String.fromCharCode(...this.take(4).bytes);
    if (found !== signature) throw this.#file.damaged(`${JSON.stringify(found)} stands where ${signature} should`);
  }

  #advance(length: number): number {
    const start = this.position;
    if (!(length >= 0 && start + length <= this.bytes.length)) throw this.#file.damaged("a record ends too soon");
    this.position = start + length;
    return start;
  }
}
