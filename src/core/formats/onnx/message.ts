import { encodeUtf8 } from "../utf8.ts";
import { wireType } from "./cursor.ts";

/** Bytes that are only made when the file is written, so that weights are never held twice. */
interface Payload {
  readonly length: number;
  readonly bytes: () => Uint8Array;
}

const maximumInt64 = 2n ** 63n - 1n;
const minimumInt64 = -(2n ** 63n);

/**
 * A protobuf message under construction. Its size is known at every moment; weights stay references until
 * {@link Message.toBytes} allocates once and fills in.
 */
export class Message {
  readonly #parts: Payload[] = [];
  /** Bytes behind the last part. */
  #tail: number[] = [];
  #size = 0;
  readonly #float = new DataView(new ArrayBuffer(4));

  /** Bytes that the message takes. */
  get size(): number {
    return this.#size;
  }

  /** An integer; beyond the range of int64 it saturates. */
  int(field: number, value: number): void {
    this.#tag(field, wireType.varint);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#tag(field, wireType.fixed32);
    this.#float32(value);
  }

  text(field: number, text: string): void {
    this.bytes(field, encodeUtf8(text));
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.payload(field, bytes.length, () => bytes);
  }

  /** A field of bytes that are made when the file is written: `length` of them, whatever `bytes` gives. */
  payload(field: number, length: number, bytes: () => Uint8Array): void {
    this.#tag(field, wireType.bytes);
    this.#varint(length);
    this.#append({ length, bytes });
  }

  message(field: number, message: Message): void {
    this.#tag(field, wireType.bytes);
    this.#varint(message.size);
    this.raw(message);
  }

  /** Packed integers. */
  ints(field: number, values: readonly number[]): void {
    const packed = new Message();
    for (const value of values) packed.#varint(value);
    this.message(field, packed);
  }

  /** Packed float32. */
  floats(field: number, values: readonly number[]): void {
    const packed = new Message();
    for (const value of values) packed.#float32(value);
    this.message(field, packed);
  }

  /** Fields that are encoded already. */
  raw(fields: Message | Uint8Array): void {
    if (fields instanceof Message) {
      fields.#flush();
      for (const part of fields.#parts) this.#append(part);
    } else this.#append({ length: fields.length, bytes: () => fields });
  }

  toBytes(): Uint8Array {
    this.#flush();
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      const bytes = part.bytes();
      if (bytes.length !== part.length) throw new Error("a tensor gave another number of bytes than its shape needs");
      all.set(bytes, at);
      at += part.length;
    }
    return all;
  }

  #append(part: Payload): void {
    this.#flush();
    this.#parts.push(part);
    this.#size += part.length;
  }

  #flush(): void {
    if (this.#tail.length === 0) return;
    const bytes = Uint8Array.from(this.#tail);
    this.#parts.push({ length: bytes.length, bytes: () => bytes });
    this.#tail = [];
  }

  #push(byte: number): void {
    this.#tail.push(byte);
    this.#size++;
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number): void {
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) {
      this.#bigVarint(BigInt(value));
      return;
    }
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#push((rest % 0x80) | 0x80);
    this.#push(rest);
  }

  #bigVarint(value: bigint): void {
    const saturated = value > maximumInt64 ? maximumInt64 : value < minimumInt64 ? minimumInt64 : value;
    let rest = BigInt.asUintN(64, saturated);
    for (; rest >= 0x80n; rest >>= 7n) this.#push(Number(rest & 0x7fn) | 0x80);
    this.#push(Number(rest));
  }

  #float32(value: number): void {
    this.#float.setFloat32(0, value, true);
    for (let i = 0; i < 4; i++) this.#push(this.#float.getUint8(i));
  }
}
