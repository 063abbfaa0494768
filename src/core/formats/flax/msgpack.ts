import { Failure } from "../../failure.ts";
import { ByteCursor } from "../byteCursor.ts";
import type { ByteSource } from "../byteSource.ts";
import { decodeUtf8 } from "../utf8.ts";

/** Bytes of the file: where they begin and how many they are. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A value of a msgpack file (github.com/msgpack/msgpack/blob/master/spec.md). Binary data stays in the file. */
export type MsgpackValue =
  | number
  | boolean
  | string
  | null
  | { readonly kind: "binary"; readonly range: Range }
  | { readonly kind: "extension"; readonly type: number; readonly range: Range }
  | MsgpackMap;

/** A map, or a list under the names `0`, `1`, … */
export type MsgpackMap = Map<string, MsgpackValue>;

/** A network of 100 000 arrays takes half a million values. */
const maximumValues = 2_000_000;
const maximumDepth = 200;
const maximumTextBytes = 1 << 20;

/** A container that is still being filled. */
interface Open {
  readonly map: MsgpackMap;
  readonly isMap: boolean;
  left: number;
}

/** What the type byte of a container announces. */
interface Container {
  readonly isMap: boolean;
  readonly count: number;
}

/**
 * Reads one msgpack value without recursion. Names are texts, or whole numbers, which become texts.
 * @param range of the file that holds the value, which is the whole of it otherwise
 * @throws Failure `flax/truncated`, `flax/malformed`, `flax/duplicate-key`, `flax/limit`.
 */
export function readMsgpack(source: ByteSource, range?: Range): MsgpackValue {
  const start = range?.offset ?? 0;
  const end = range ? start + range.length : source.size;
  const overrun = (position: number) =>
    range === undefined
      ? new Failure("flax/truncated", `The file ends inside the value at byte ${position}.`, {
          file: source.name,
          hint: "It may still be being written, or a copy was cut off: try again when it is complete.",
        })
      : malformed(source, "A value that is longer than what holds it", position);
  const cursor = new ByteCursor(source, "big-endian", overrun, { start, end });
  const open: Open[] = [];
  let values = 0;
  for (;;) {
    const parent = open.at(-1);
    const name = parent && nameOf(parent, cursor);
    const value = readOne(cursor);
    if (++values > maximumValues) throw limit(source, `more than ${maximumValues} values`);
    const held = isContainer(value) ? new Map<string, MsgpackValue>() : value;
    if (parent && name !== undefined) put(parent, name, held, source);
    if (isContainer(value)) {
      if (open.length >= maximumDepth) throw limit(source, `maps more than ${maximumDepth} deep`);
      // Each entry takes a byte at least: more are announced than can follow.
      if (value.count > end - cursor.position) throw overrun(cursor.position);
      open.push({ map: held as MsgpackMap, isMap: value.isMap, left: value.count });
    }
    let closed: MsgpackValue = held;
    for (let last = open.at(-1); last?.left === 0; last = open.at(-1)) closed = open.pop()!.map;
    if (open.length === 0) return closed;
  }
}

function nameOf(parent: Open, cursor: ByteCursor): string {
  if (!parent.isMap) return String(parent.map.size);
  const start = cursor.position;
  const name = readOne(cursor);
  if (typeof name === "string") return name;
  if (Number.isInteger(name)) return String(name);
  throw malformed(cursor.source, "A name that is neither text nor a whole number", start);
}

function put(parent: Open, name: string, value: MsgpackValue, source: ByteSource): void {
  if (parent.map.has(name)) {
    throw new Failure("flax/duplicate-key", `The name ${JSON.stringify(name.slice(0, 120))} is given twice.`, {
      file: source.name,
    });
  }
  parent.map.set(name, value);
  parent.left--;
}

function isContainer(value: MsgpackValue | Container): value is Container {
  return typeof value === "object" && value !== null && "isMap" in value;
}

/** Reads a scalar, or the head of a container. */
function readOne(cursor: ByteCursor): MsgpackValue | Container {
  const start = cursor.position;
  const type = cursor.uint8();
  if (type < 0x80) return type;
  if (type < 0x90) return { isMap: true, count: type & 0x0f };
  if (type < 0xa0) return { isMap: false, count: type & 0x0f };
  if (type < 0xc0) return text(cursor, type & 0x1f);
  if (type >= 0xe0) return type - 0x100;
  switch (type) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
      return binary(cursor, cursor.uint8());
    case 0xc5:
      return binary(cursor, cursor.uint16());
    case 0xc6:
      return binary(cursor, cursor.uint32());
    case 0xc7:
      return extension(cursor, cursor.uint8());
    case 0xc8:
      return extension(cursor, cursor.uint16());
    case 0xc9:
      return extension(cursor, cursor.uint32());
    case 0xca:
      return cursor.float32();
    case 0xcb:
      return cursor.float64();
    case 0xcc:
      return cursor.uint8();
    case 0xcd:
      return cursor.uint16();
    case 0xce:
      return cursor.uint32();
    case 0xcf:
      return cursor.uint64();
    case 0xd0:
      return cursor.int8();
    case 0xd1:
      return cursor.int16();
    case 0xd2:
      return cursor.int32();
    case 0xd3:
      return cursor.int64();
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return extension(cursor, 1 << (type - 0xd4));
    case 0xd9:
      return text(cursor, cursor.uint8());
    case 0xda:
      return text(cursor, cursor.uint16());
    case 0xdb:
      return text(cursor, cursor.uint32());
    case 0xdc:
      return { isMap: false, count: cursor.uint16() };
    case 0xdd:
      return { isMap: false, count: cursor.uint32() };
    case 0xde:
      return { isMap: true, count: cursor.uint16() };
    case 0xdf:
      return { isMap: true, count: cursor.uint32() };
    default:
      throw malformed(cursor.source, "A value of unknown type", start);
  }
}

function text(cursor: ByteCursor, length: number): string {
  if (length > maximumTextBytes) throw limit(cursor.source, `a text of ${length} bytes`);
  const start = cursor.position;
  const decoded = decodeUtf8(cursor.bytes(length));
  if (decoded === undefined) throw malformed(cursor.source, "Text that is not UTF-8", start);
  return decoded;
}

function binary(cursor: ByteCursor, length: number): MsgpackValue {
  return { kind: "binary", range: { offset: cursor.skip(length), length } };
}

function extension(cursor: ByteCursor, length: number): MsgpackValue {
  const type = cursor.int8();
  return { kind: "extension", type, range: { offset: cursor.skip(length), length } };
}

/** The failure for a file whose parts contradict each other. */
export function malformed(source: ByteSource, what: string, position: number): Failure {
  return new Failure("flax/malformed", `${what} at byte ${position}.`, {
    file: source.name,
    hint: "The file is damaged, or no Flax checkpoint.",
  });
}

function limit(source: ByteSource, what: string): Failure {
  return new Failure("flax/limit", `The file holds ${what}.`, { file: source.name });
}
