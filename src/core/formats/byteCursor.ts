import type { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";

const windowBytes = 1 << 16;

/** Reads a range of a file from front to back, through a window, so that what is passed over is never read. */
export class ByteCursor {
  readonly source: ByteSource;
  /** Where the range ends in the file. */
  readonly end: number;
  readonly #littleEndian: boolean;
  readonly #overrun: (position: number) => Failure;
  #position: number;
  #window = new DataView(new ArrayBuffer(0));
  #windowStart = 0;

  /** @param overrun the failure where something reaches beyond the range, given where it begins. */
  constructor(
    source: ByteSource,
    byteOrder: "little-endian" | "big-endian",
    overrun: (position: number) => Failure,
    range = { start: 0, end: source.size },
  ) {
    this.source = source;
    this.#littleEndian = byteOrder === "little-endian";
    this.#overrun = overrun;
    this.#position = range.start;
    this.end = range.end;
  }

  /** Where the next value begins in the file. */
  get position(): number {
    return this.#position;
  }

  uint8(): number {
    const at = this.#next(1);
    return this.#window.getUint8(at);
  }

  int8(): number {
    const at = this.#next(1);
    return this.#window.getInt8(at);
  }

  uint16(): number {
    const at = this.#next(2);
    return this.#window.getUint16(at, this.#littleEndian);
  }

  int16(): number {
    const at = this.#next(2);
    return this.#window.getInt16(at, this.#littleEndian);
  }

  uint32(): number {
    const at = this.#next(4);
    return this.#window.getUint32(at, this.#littleEndian);
  }

  int32(): number {
    const at = this.#next(4);
    return this.#window.getInt32(at, this.#littleEndian);
  }

  /** Rounded beyond 2^53, which is more than any file has of anything. */
  uint64(): number {
    const at = this.#next(8);
    return Number(this.#window.getBigUint64(at, this.#littleEndian));
  }

  /** Rounded beyond 2^53. */
  int64(): number {
    const at = this.#next(8);
    return Number(this.#window.getBigInt64(at, this.#littleEndian));
  }

  float32(): number {
    const at = this.#next(4);
    return this.#window.getFloat32(at, this.#littleEndian);
  }

  float64(): number {
    const at = this.#next(8);
    return this.#window.getFloat64(at, this.#littleEndian);
  }

  /** A copy of the next bytes. */
  bytes(length: number): Uint8Array {
    const start = this.skip(length);
    return new Uint8Array(this.source.read(start, length));
  }

  /** Passes over bytes; where they begin. */
  skip(length: number): number {
    const start = this.#position;
    if (start + length > this.end) throw this.#overrun(start);
    this.#position = start + length;
    return start;
  }

  /** Passes over a value of a few bytes and brings it into the window; where it begins there. */
  #next(length: number): number {
    const start = this.skip(length);
    const at = start - this.#windowStart;
    if (at >= 0 && at + length <= this.#window.byteLength) return at;
    // Copied: a source may hand out the same buffer again at its next read.
    const bytes = new Uint8Array(this.source.read(start, Math.min(windowBytes, this.end - start)));
    this.#window = new DataView(bytes.buffer);
    this.#windowStart = start;
    return 0;
  }
}
