import { Failure } from "../../failure.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import { JsonScanner } from "../jsonScanner.ts";
import { decodeUtf8 } from "../utf8.ts";
import { type SafetensorsType, safetensorsType } from "./dtypes.ts";

/** The header of a safetensors file: what it holds and where. */
export interface SafetensorsHeader {
  /** In the header's order, which is none of the network's. */
  readonly tensors: readonly SafetensorsEntry[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the data begins in the file: `begin` and `end` of the tensors count from there. */
  readonly dataStart: number;
}

export interface SafetensorsEntry {
  readonly name: string;
  /** As the file names it, e.g. `BF16`. */
  readonly typeName: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** As the reference implementation has it. */
const maximumHeaderBytes = 100_000_000;
const lengthBytes = 8;
const maximumRank = 64;
/** A mixture of experts has some 100 000. */
const maximumTensors = 1_000_000;
const metadataName = "__metadata__";

/**
 * Reads the header (8 bytes of length, then JSON) and checks each tensor by itself; {@link checkLayout} checks them
 * together.
 * @throws Failure `safetensors/truncated`, `safetensors/header-too-large`, `safetensors/bad-header`,
 *   `safetensors/duplicate-key`, `safetensors/bad-metadata`, `safetensors/dtype`, `safetensors/bad-shape`,
 *   `safetensors/bad-offsets`, `safetensors/size-mismatch`.
 */
export function readHeader(source: ByteSource): SafetensorsHeader {
  if (source.size < lengthBytes) throw cutOff(source, "The file ends before its header's length.");
  const bytes = source.read(0, lengthBytes);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true);
  if (declared > BigInt(maximumHeaderBytes)) {
    throw new Failure("safetensors/header-too-large", `The header would take ${declared} bytes.`, {
      file: source.name,
      hint: "The format allows 100 MB: this is no safetensors file, or a damaged one.",
    });
  }
  const length = Number(declared);
  if (lengthBytes + length > source.size) throw cutOff(source, "The file ends inside its header.");
  const text = decodeUtf8(source.read(lengthBytes, length));
  if (text === undefined) throw badHeader(source, "it is not UTF-8");
  if (!text.startsWith("{")) throw badHeader(source, "it does not begin with {");
  return { ...parse(text, source), dataStart: lengthBytes + length };
}

function parse(text: string, source: ByteSource): Omit<SafetensorsHeader, "dataStart"> {
  const scanner = new JsonScanner(text, (what) => badHeader(source, what));
  const names = new Set<string>();
  const tensors: SafetensorsEntry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  scanner.members((name) => {
    if (names.has(name)) {
      throw new Failure("safetensors/duplicate-key", `The header gives ${quoted(name)} twice.`, {
        file: source.name,
        hint: "Readers disagree which one counts: write the file again.",
      });
    }
    names.add(name);
    if (names.size > maximumTensors) throw badHeader(source, `it lists more than ${maximumTensors} tensors`);
    if (name === metadataName) metadata = readMetadata(scanner, source);
    else tensors.push(readEntry(scanner, name, source));
  });
  scanner.end();
  return { tensors, metadata };
}

function readMetadata(scanner: JsonScanner, source: ByteSource): ReadonlyMap<string, string> {
  const bad = (what: string) =>
    new Failure("safetensors/bad-metadata", `${metadataName} ${what}; it must map names to texts.`, {
      file: source.name,
    });
  const metadata = new Map<string, string>();
  if (scanner.peek() !== "{") throw bad("is not an object");
  scanner.members((key) => {
    if (scanner.peek() !== '"') throw bad(`has something else than a text under ${quoted(key)}`);
    metadata.set(key, scanner.string());
  });
  return metadata;
}

function readEntry(scanner: JsonScanner, name: string, source: ByteSource): SafetensorsEntry {
  const fail = (reason: string, what: string) =>
    new Failure(`safetensors/${reason}`, `The tensor ${quoted(name)} ${what}.`, { file: source.name });
  let typeName: string | undefined;
  let shape: readonly number[] | undefined;
  let offsets: readonly number[] | undefined;
  scanner.members((key) => {
    switch (key) {
      case "dtype":
        typeName = scanner.string();
        break;
      case "shape":
        shape = counts(scanner, () => fail("bad-shape", "has a shape that is none"));
        break;
      case "data_offsets":
        offsets = counts(scanner, () => fail("bad-offsets", "has offsets that are none"));
        break;
      default:
        scanner.skip();
    }
  });
  if (typeName === undefined || shape === undefined || offsets === undefined) {
    throw fail("bad-header", "lacks its type, its shape or its place");
  }
  const type = safetensorsType(typeName);
  if (type === undefined) throw fail("dtype", `has the type ${quoted(typeName)}, which is not known`);
  if (shape.length > maximumRank) throw fail("bad-shape", `has ${shape.length} axes`);
  const [begin = 0, end = 0] = offsets;
  if (offsets.length !== 2 || begin > end) throw fail("bad-offsets", `stands from byte ${begin} to ${end}`);
  if (elementCount(shape) * type.bits !== (end - begin) * 8) {
    throw fail(
      "size-mismatch",
      `has ${end - begin} bytes, which is not what [${shape.join(", ")}] of ${typeName} takes`,
    );
  }
  return { name, typeName, type, shape, begin, end };
}

/** A list of whole numbers from 0 to 2^53. */
function counts(scanner: JsonScanner, failure: () => Failure): readonly number[] {
  const list: number[] = [];
  if (scanner.peek() !== "[") throw failure();
  scanner.items(() => {
    if (!/[-\d]/.test(scanner.peek())) throw failure();
    const text = scanner.number();
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw failure();
    list.push(value);
  });
  return list;
}

/** The failure for a file that ends too early. */
export function cutOff(source: ByteSource, message: string): Failure {
  return new Failure("safetensors/truncated", message, {
    file: source.name,
    hint: "It may still be being written, or a copy was cut off: try again when it is complete.",
  });
}

/** A name from a file, short and on one line. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
}

function badHeader(source: ByteSource, what: string): Failure {
  return new Failure("safetensors/bad-header", `The header is not that of a safetensors file: ${what}.`, {
    file: source.name,
  });
}
