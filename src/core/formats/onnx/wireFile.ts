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

const windowBytes = 1 << 16;

/**
 * What one file may cost to hold: 1 for each field and list element, more for each message, which becomes an object or
 * several. A network of 500 nodes costs some 100 000; the limit stands for about half a gigabyte.
 */
const maximumCost = 1 << 24;

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
