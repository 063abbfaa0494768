import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { decodeLatin1 } from "../latin1.ts";
import { decodeUtf8 } from "../utf8.ts";
import { PickleBytes } from "./pickleValues.ts";

/** Windows grow, so that a short pickle costs a short read. */
const firstWindow = 1024;
const lastWindow = 64 * 1024;
/** All texts of a pickle together; names take kilobytes, and arrays that old protocols spell as text some megabytes. */
const maxText = 256 * 2 ** 20;
/** Byte strings and frames are not copied, so that only absurd lengths are refused. */
const maxLength = 2 ** 40;
const maxLine = 2 ** 20;
/** Python 2 has one type for texts and bytes; what is longer than this is taken for bytes. */
const longestName = 64 * 1024;

/** Reads the arguments of a pickle's opcodes from anywhere in a file, window by window. */
export class PickleInput {
  readonly source: ByteSource;
  #window = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  /** Where the window begins in the source, and where in it the next byte stands. */
  #start: number;
  #at = 0;
  #windowSize = firstWindow;
  #textLeft = maxText;

  constructor(source: ByteSource, offset = 0) {
    this.source = source;
    this.#start = offset;
  }

  /** Position of the next byte in the source. */
  get position(): number {
    return this.#start + this.#at;
  }

  uint8(): number {
    const at = this.#advance(1);
    return this.#view.getUint8(at);
  }

  uint16(): number {
    const at = this.#advance(2);
    return this.#view.getUint16(at, true);
  }

  int32(): number {
    const at = this.#advance(4);
    return this.#view.getInt32(at, true);
  }

  uint32(): number {
    const at = this.#advance(4);
    return this.#view.getUint32(at, true);
  }

  /** A length of four bytes, which some opcodes declare as signed. @throws Failure `pickle/huge-length` below zero. */
  signedLength(): number {
    return this.#checkLength(this.int32());
  }

  /** A length of eight bytes. @throws Failure `pickle/huge-length`. */
  length64(): number {
    return this.#checkLength(this.uint32() + this.uint32() * 2 ** 32);
  }

  /** A big-endian IEEE double, the only number that pickles store so. */
  double(): number {
    const at = this.#advance(8);
    return this.#view.getFloat64(at, false);
  }

  /** The next bytes, valid until the next call. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#window.subarray(at, at + length);
  }

  /** The next bytes by reference. */
  skip(length: number): PickleBytes {
    const start = this.position;
    if (start + this.#checkLength(length) > this.source.size) throw this.#truncated();
    if (this.#at + length <= this.#window.length) this.#at += length;
    else {
      this.#start = start + length;
      this.#setWindow(new Uint8Array(0));
    }
    return new PickleBytes(this.source, start, length);
  }

  /** A text in UTF-8. Python writes lone surrogates too, which no UTF-8 has; such a text is read byte by byte. */
  text(length: number): string {
    const bytes = this.bytes(this.#spendText(length));
    return decodeUtf8(bytes) ?? decodeLatin1(bytes);
  }

  /** A `str` of Python 2: a text where it can be a name, bytes otherwise. */
  byteText(length: number): string | PickleBytes {
    if (length > longestName) return this.skip(length);
    return decodeLatin1(this.bytes(this.#spendText(length)));
  }

  /** A text up to the next newline, which is passed. */
  line(): string {
    let text = "";
    for (let byte = this.uint8(); byte !== 0x0a; byte = this.uint8()) {
      if (text.length >= maxLine) throw this.fail("pickle/huge-length", "A line has no end");
      text += String.fromCharCode(byte);
    }
    this.#countText(text.length);
    return text;
  }

  /** A failure at the current position. */
  fail(code: string, what: string, hint?: string): Failure {
    return new Failure(code, `${what} (byte ${this.position} of the pickle's file).`, { file: this.source.name, hint });
  }

  /** Makes the next bytes available; gives their place in the window. */
  #advance(length: number): number {
    if (this.#at + length > this.#window.length) this.#fill(length);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #fill(length: number): void {
    const start = this.position;
    const left = this.source.size - start;
    if (length > left) throw this.#truncated();
    this.#setWindow(new Uint8Array(this.source.read(start, Math.min(left, Math.max(length, this.#windowSize)))));
    this.#start = start;
    this.#windowSize = Math.min(2 * this.#windowSize, lastWindow);
  }

  #setWindow(bytes: Uint8Array<ArrayBuffer>): void {
    this.#window = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#at = 0;
  }

  #checkLength(length: number): number {
    if (length < 0 || length > maxLength)
      throw this.fail("pickle/huge-length", `A value of ${length} bytes is declared`);
    return length;
  }

  /** Sees that so long a text is there, and that all texts together stay within their limit. */
  #spendText(length: number): number {
    if (length > this.source.size - this.position && length <= maxText) throw this.#truncated();
    this.#countText(length);
    return length;
  }

  #countText(length: number): void {
    this.#textLeft -= length;
    if (this.#textLeft < 0) throw this.fail("pickle/huge-length", `Its texts take more than ${maxText} bytes`);
  }

  #truncated(): Failure {
    return this.fail(
      "pickle/truncated",
      "The pickle is cut off",
      "If the file is still being written or copied, try again when that is done.",
    );
  }
}
