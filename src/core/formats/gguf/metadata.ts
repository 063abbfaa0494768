import { Failure } from "../../failure.ts";
import type { ByteCursor } from "../byteCursor.ts";
import { decodeUtf8 } from "../utf8.ts";

/** Key-value metadata of a GGUF file (github.com/ggml-org/ggml/blob/master/docs/gguf.md). */

/** A single value; lists, which hold vocabularies, are passed over. */
export type GgufValue = number | boolean | string;

const maximumNameBytes = 65_535;
/** Chat templates take some kilobytes. */
const maximumTextBytes = 1 << 24;
/** Vocabularies have some 300 000 entries, merges twice as many. */
const maximumListItems = 1 << 24;
const maximumListDepth = 8;

/** `gguf_metadata_value_type`. */
const valueType = { string: 8, list: 9 } as const;

/** Bytes and reader of the types of fixed size. */
const scalars: ReadonlyMap<number, readonly [bytes: number, read: (cursor: ByteCursor) => number | boolean]> = new Map<
  number,
  [number, (cursor: ByteCursor) => number | boolean]
>([
  [0, [1, (cursor) => cursor.uint8()]],
  [1, [1, (cursor) => cursor.int8()]],
  [2, [2, (cursor) => cursor.uint16()]],
  [3, [2, (cursor) => cursor.int16()]],
  [4, [4, (cursor) => cursor.uint32()]],
  [5, [4, (cursor) => cursor.int32()]],
  [6, [4, (cursor) => cursor.float32()]],
  [7, [1, (cursor) => cursor.uint8() !== 0]],
  [10, [8, (cursor) => cursor.uint64()]],
  [11, [8, (cursor) => cursor.int64()]],
  [12, [8, (cursor) => cursor.float64()]],
]);

/**
 * Reads `count` pairs.
 * @throws Failure `gguf/truncated`, `gguf/malformed`, `gguf/limit`, `gguf/duplicate-key`.
 */
export function readMetadata(cursor: ByteCursor, count: number): ReadonlyMap<string, GgufValue> {
  const metadata = new Map<string, GgufValue>();
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const name = readName(cursor);
    if (names.has(name)) throw new Failure("gguf/duplicate-key", `The metadata gives ${JSON.stringify(name)} twice.`);
    names.add(name);
    const type = cursor.uint32();
    if (type === valueType.list) skipList(cursor);
    else metadata.set(name, type === valueType.string ? readText(cursor, maximumTextBytes) : readScalar(cursor, type));
  }
  return metadata;
}

/** Reads the name of a key or a tensor. @throws Failure as {@link readMetadata}. */
export function readName(cursor: ByteCursor): string {
  return readText(cursor, maximumNameBytes);
}

function readText(cursor: ByteCursor, maximum: number): string {
  const length = cursor.uint64();
  if (length > maximum) throw new Failure("gguf/limit", `A text of ${length} bytes; ${maximum} is the limit here.`);
  const start = cursor.position;
  const text = decodeUtf8(cursor.bytes(length));
  if (text === undefined) throw malformed("Text that is not UTF-8", start);
  return text;
}

function readScalar(cursor: ByteCursor, type: number): number | boolean {
  const scalar = scalars.get(type);
  if (scalar === undefined) throw malformed(`A value of unknown type ${type}`, cursor.position);
  return scalar[1](cursor);
}

/** Passes over a list, whose items may be lists. */
function skipList(cursor: ByteCursor): void {
  const open: { readonly type: number; left: number }[] = [readListHead(cursor)];
  let items = 0;
  while (open.length > 0) {
    const list = open[open.length - 1]!;
    const size = scalars.get(list.type)?.[0];
    if (size !== undefined) {
      cursor.skip(list.left * size);
      list.left = 0;
    }
    if (list.left === 0) {
      open.pop();
      continue;
    }
    list.left--;
    if (++items > maximumListItems) throw new Failure("gguf/limit", "The metadata holds a list longer than any.");
    if (list.type === valueType.string) cursor.skip(cursor.uint64());
    else if (list.type === valueType.list) {
      if (open.length >= maximumListDepth) throw new Failure("gguf/limit", "Lists stand inside each other too deep.");
      open.push(readListHead(cursor));
    } else throw malformed(`A list of unknown type ${list.type}`, cursor.position);
  }
}

function readListHead(cursor: ByteCursor): { readonly type: number; left: number } {
  return { type: cursor.uint32(), left: cursor.uint64() };
}

/** The failure for a file whose parts contradict each other. */
export function malformed(what: string, position: number): Failure {
  return new Failure("gguf/malformed", `${what} at byte ${position}.`, { hint: "The file is damaged: copy it again." });
}
