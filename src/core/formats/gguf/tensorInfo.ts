import { Failure } from "../../failure.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { ByteCursor } from "../byteCursor.ts";
import { readName } from "./metadata.ts";

/** What the header says of a tensor. */
export interface GgufTensorInfo {
  readonly name: string;
  /** Row-major: the file lists sizes the other way round. */
  readonly shape: readonly number[];
  /** `ggml_type`. */
  readonly typeNumber: number;
  /** From the start of the data. */
  readonly offset: number;
}

/** `GGML_MAX_DIMS`. */
const maximumRank = 4;

/** Reads `count` tensor infos. @throws Failure `gguf/truncated`, `gguf/limit`, `gguf/bad-shape`, `gguf/duplicate-tensor`. */
export function readTensorInfos(cursor: ByteCursor, count: number): readonly GgufTensorInfo[] {
  const infos = new Map<string, GgufTensorInfo>();
  for (let i = 0; i < count; i++) {
    const name = readName(cursor);
    if (infos.has(name))
      throw new Failure("gguf/duplicate-tensor", `The tensor ${JSON.stringify(name)} is given twice.`);
    const rank = cursor.uint32();
    if (rank > maximumRank) throw badShape(name, `${rank} axes; the format has ${maximumRank}`);
    const shape = Array.from({ length: rank }, () => cursor.uint64()).reverse();
    // Each axis by itself, too: an empty one makes any other's size the count 0.
    if (![...shape, elementCount(shape)].every(Number.isSafeInteger))
      throw badShape(name, `the shape [${shape.join(", ")}]`);
    infos.set(name, { name, shape, typeNumber: cursor.uint32(), offset: cursor.uint64() });
  }
  return [...infos.values()];
}

function badShape(name: string, what: string): Failure {
  return new Failure("gguf/bad-shape", `The tensor ${JSON.stringify(name)} has ${what}.`);
}
