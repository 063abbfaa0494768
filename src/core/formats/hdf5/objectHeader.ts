import type { Cursor, Hdf5Bytes } from "./bytes.ts";

/** Kinds of header messages (HDF5 file format specification 3.0, IV.A.2). */
export const messageType = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** One message of an object's header. */
export interface Message {
  readonly type: number;
  /** Whether the data is not here but refers to a message of another object. */
  readonly shared: boolean;
  /** A new cursor over the data at each call. */
  data(): Cursor;
}

const maximumMessages = 65_536;
const sharedFlag = 0x02;

/**
 * The messages of an object's header, of either version, those in continuation blocks included.
 * @throws Failure `h5/truncated`, `h5/damaged`, `h5/limit`
 */
export function readObjectHeader(file: Hdf5Bytes, address: number): readonly Message[] {
  const start = file.readUpTo(address, 32);
  return start.bytes[0] === 1 ? readVersion1(file, address, start) : readVersion2(file, address, start);
}

/** Blocks that are still to be read, each at most once. */
class Blocks {
  readonly #waiting: { readonly address: number; readonly length: number }[] = [];
  readonly #seen = new Set<number>();

  add(address: number, length: number): void {
    if (this.#seen.has(address)) return;
    this.#seen.add(address);
    this.#waiting.push({ address, length });
  }

  /** From a continuation message (IV.A.2.q). */
  addContinuation(data: Cursor): void {
    this.add(data.u64(), data.u64());
  }

  next(): { readonly address: number; readonly length: number } | undefined {
    return this.#waiting.shift();
  }
}

/** Specification IV.A.1.a. */
function readVersion1(file: Hdf5Bytes, address: number, start: Cursor): Message[] {
  start.skip(2);
  const count = start.u16();
  start.skip(4);
  const blocks = new Blocks();
  blocks.add(address + 16, start.u32());
  const messages: Message[] = [];
  for (let block = blocks.next(); block && messages.length < count; block = blocks.next()) {
    const bytes = file.read(block.address, block.length);
    while (bytes.left >= 8 && messages.length < count) {
      const type = bytes.u16();
      const length = bytes.u16();
      const flags = bytes.u8();
      bytes.skip(3);
      addMessage(messages, blocks, type, flags, bytes.take(length));
    }
  }
  return messages;
}

/** Specification IV.A.1.b. */
function readVersion2(file: Hdf5Bytes, address: number, start: Cursor): Message[] {
  start.expect("OHDR");
  const version = start.u8();
  if (version !== 2) throw file.damaged(`an object's header is of version ${version}`);
  const flags = start.u8();
  if (flags & 0x20) start.skip(16);
  if (flags & 0x10) start.skip(4);
  const length = start.uint(2 ** (flags & 3));
  const hasOrder = (flags & 0x04) !== 0;
  const blocks = new Blocks();
  const messages: Message[] = [];
  readBlock(file.read(address + start.position, length));
  for (let block = blocks.next(); block; block = blocks.next()) {
    const bytes = file.read(block.address, block.length);
    bytes.expect("OCHK");
    // A checksum ends the block.
    readBlock(bytes.take(Math.max(0, bytes.left - 4)));
  }
  return messages;

  function readBlock(bytes: Cursor): void {
    const headerSize = hasOrder ? 6 : 4;
    while (bytes.left >= headerSize) {
      const type = bytes.u8();
      const size = bytes.u16();
      const messageFlags = bytes.u8();
      if (hasOrder) bytes.skip(2);
      if (messages.length >= maximumMessages) throw file.failure("h5/limit", "An object has too many header messages.");
      addMessage(messages, blocks, type, messageFlags, bytes.take(size));
    }
  }
}

function addMessage(messages: Message[], blocks: Blocks, type: number, flags: number, data: Cursor): void {
  const shared = (flags & sharedFlag) !== 0;
  if (type === messageType.continuation && !shared) blocks.addContinuation(data.take(16));
  messages.push({
    type,
    shared,
    data: () => {
      data.position = 0;
      return data.take(data.left);
    },
  });
}
