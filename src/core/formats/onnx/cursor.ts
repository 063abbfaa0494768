import { Failure } from "../../failure.ts";
import type { Range, WireFile } from "./wireFile.ts";

export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** What a message costs of the file's budget, more than a plain field: it becomes an object or several. */
const messageCost = 16;

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

  /** A message at a range of the file; without one, the whole file is the message. */
  constructor(file: WireFile, range: Range = { offset: 0, length: file.source.size }) {
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
