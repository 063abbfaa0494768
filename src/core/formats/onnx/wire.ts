import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { decodeUtf8 } from "../utf8.ts";

/**
 * Protobuf's wire format (protobuf.dev/programming-guides/encoding) over a file that is never in memory as a whole:
 * small fields are read through a window, large ones are skipped and kept as a {@link Range}. Every length is checked
 * against the message that holds it before anything is allocated.
 */

/** Bytes of the file: where they begin and how many they are. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const windowBytes = 1 << 16;

/**
 * What one file may cost to hold: 1 for each field and list element, more for each message, which becomes an object or
 * several. A network of 500 nodes costs some 100 000; the limit stands for about half a gigabyte.
 */
const maximumCost = 1 << 24;
const messageCost = 16;

/** Names, attributes and notes are kept in memory; weights are not. */
const maximumKeptBytes = 1 << 28;

/** A protobuf file: its bytes by position, and what has been spent on reading it. */
export class WireFile {
  readonly source: ByteSource;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;
  #cost = 0;
  #keptBytes = 0;
  readonly #view = new DataView(new ArrayBuffer(8));

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** The whole file as one message. */
  message(): Cursor {
    return new Cursor(this, { offset: 0, length: this.source.size });
  }

  /** The byte at a position inside the file. */
  byteAt(position: number): number {
    const inWindow = this.#window[position - this.#windowStart];
    if (inWindow !== undefined) return inWindow;
    const length = Math.min(windowBytes, this.source.size - position);
    // Copied: a source may hand out the same buffer again at its next read.
    this.#window = this.source.read(position, length).slice();
    this.#windowStart = position;
    return this.#window[0] ?? 0;
  }

  /** An IEEE float of 4 or 8 bytes at a position inside the file. */
  floatAt(position: number, bytes: 4 | 8): number {
    for (let i = 0; i < bytes; i++) this.#view.setUint8(i, this.byteAt(position + i));
    return bytes === 4 ? this.#view.getFloat32(0, true) : this.#view.getFloat64(0, true);
  }

  /** A copy of bytes that are kept in memory. @throws Failure `onnx/limit` past 256 MiB in all. */
  keep(range: Range): Uint8Array {
    this.#keep(range);
    return this.source.read(range.offset, range.length).slice();
  }

  /** Text that is kept in memory. @throws Failure `onnx/limit` past 256 MiB in all, `onnx/malformed` if not UTF-8. */
  keepText(range: Range): string {
    this.#keep(range);
    return this.text(range);
  }

  /** The bytes of a range as UTF-8. @throws Failure `onnx/malformed` where they are not. */
  text(range: Range): string {
    const text = decodeUtf8(this.source.read(range.offset, range.length));
    if (text === undefined) throw this.malformed("Text that is not UTF-8", range.offset);
    return text;
  }

  /** Counts what is read. @throws Failure `onnx/limit` where a file costs more than any network. */
  spend(cost: number): void {
    this.#cost += cost;
    if (this.#cost > maximumCost) throw this.#limit("more parts than any network has");
  }

  /** The failure for a file whose parts contradict each other. */
  malformed(what: string, position: number): Failure {
    return new Failure("onnx/malformed", `${what} at byte ${position}.`, {
      file: this.source.name,
      hint: "The file is damaged: copy or export it again.",
    });
  }

  #keep(range: Range): void {
    this.#keptBytes += range.length;
    if (this.#keptBytes > maximumKeptBytes) throw this.#limit("names and notes of more than 256 MiB");
  }

  #limit(what: string): Failure {
    return new Failure("onnx/limit", `The file holds ${what}.`, { file: this.source.name });
  }
}

/**
 * Walks the fields of one message: `while (cursor.next()) switch (cursor.field) …`. A field whose value is not asked for
 * is skipped.
 */
export class Cursor {
  readonly file: WireFile;
  readonly start: number;
  readonly end: number;
  /** Number of the field that {@link next} found. */
  field = 0;
  /** Its wire type, one of {@link wireType}. */
  wire = 0;
  /** Where the field's value begins. */
  position: number;
  /** Where the field's tag begins. */
  #tagAt: number;
  /** Where the next field begins. */
  #after: number;
  /** The last varint, as two halves of 32 bits. */
  low = 0;
  high = 0;

  constructor(file: WireFile, range: Range) {
    this.file = file;
    this.start = range.offset;
    this.end = range.offset + range.length;
    this.position = range.offset;
    this.#tagAt = range.offset;
    this.#after = range.offset;
  }

  /**
   * Moves to the next field; `false` at the message's end.
   * @throws Failure `onnx/malformed` where the field leaves the message, `onnx/truncated` where it leaves the file.
   */
  next(): boolean {
    this.position = this.#after;
    if (this.position >= this.end) return false;
    this.file.spend(1);
    this.#tagAt = this.position;
    this.readVarint();
    this.wire = this.low & 7;
    this.field = this.low >>> 3;
    if (this.high !== 0 || this.field === 0) throw this.file.malformed("A field without a number", this.#tagAt);
    const length = this.#valueLength();
    this.#after = this.position + length;
    if (this.#after > this.end) throw this.#overrun(this.#tagAt);
    return true;
  }

  /** Reads a varint at the position into `low` and `high`, and moves behind it. */
  readVarint(): void {
    const start = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.position >= this.end) throw this.#overrun(start);
      if (shift > 63) throw this.file.malformed("An integer of more than ten bytes", start);
      const byte = this.file.byteAt(this.position++);
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.low = low >>> 0;
    this.high = high >>> 0;
  }

  /** The field as a signed integer; rounded beyond 2^53. */
  int(): number {
    this.#expect(wireType.varint);
    return this.#signed();
  }

  /** The field as an IEEE float of 32 bits. */
  float(): number {
    this.#expect(wireType.fixed32);
    return this.file.floatAt(this.position, 4);
  }

  /** The bytes of a length-delimited field, unread. */
  range(): Range {
    this.#expect(wireType.bytes);
    return this.value();
  }

  /** The bytes of a field of any kind, unread. */
  value(): Range {
    return { offset: this.position, length: this.#after - this.position };
  }

  /** The field with its tag, as it stands in the file, kept in memory. */
  whole(): Uint8Array {
    return this.file.keep({ offset: this.#tagAt, length: this.#after - this.#tagAt });
  }

  /** The field as a message. */
  message(): Cursor {
    this.file.spend(messageCost);
    return new Cursor(this.file, this.range());
  }

  /** The field's bytes, kept in memory. */
  bytes(): Uint8Array {
    return this.file.keep(this.range());
  }

  /** The field as UTF-8. @throws Failure `onnx/malformed` where it is not. */
  text(): string {
    return this.file.keepText(this.range());
  }

  /** Adds the integers of a repeated field, packed or not. */
  ints(into: number[]): void {
    if (this.wire === wireType.varint) into.push(this.int());
    else {
      const packed = this.message();
      while (packed.position < packed.end) {
        this.file.spend(1);
        packed.readVarint();
        into.push(packed.#signed());
      }
    }
  }

  /** Adds the floats of a repeated field, packed or not. */
  floats(into: number[]): void {
    if (this.wire === wireType.fixed32) into.push(this.float());
    else {
      const { offset, length } = this.range();
      if (length % 4 !== 0) throw this.file.malformed("Floats that do not fill their field", offset);
      for (let at = offset; at < offset + length; at += 4) {
        this.file.spend(1);
        into.push(this.file.floatAt(at, 4));
      }
    }
  }

  #signed(): number {
    return (this.high | 0) * 0x1_0000_0000 + this.low;
  }

  /** Length of the value behind the tag; moves the position to where it begins. */
  #valueLength(): number {
    switch (this.wire) {
      case wireType.varint: {
        const start = this.position;
        this.readVarint();
        const length = this.position - start;
        this.position = start;
        return length;
      }
      case wireType.fixed64:
        return 8;
      case wireType.fixed32:
        return 4;
      case wireType.bytes: {
        this.readVarint();
        if (this.high > 0x1f_ffff) throw this.#overrun(this.#tagAt);
        return this.high * 0x1_0000_0000 + this.low;
      }
      default:
        throw this.file.malformed("A field of unknown kind", this.#tagAt);
    }
  }

  #expect(wire: number): void {
    if (this.wire !== wire) throw this.file.malformed(`Field ${this.field} is of the wrong kind`, this.position);
  }

  #overrun(position: number): Failure {
    if (this.end < this.file.source.size) return this.file.malformed("A field longer than its message", position);
    return new Failure("onnx/truncated", `The file ends inside the field that begins at byte ${position}.`, {
      file: this.file.source.name,
      hint: "It may still be written, or a copy was cut off: try again when it is complete.",
    });
  }
}
