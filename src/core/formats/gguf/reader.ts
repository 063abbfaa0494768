import { Failure } from "../../failure.ts";
import { elementCount, type Tensor } from "../../graph/tensor.ts";
import { ByteCursor } from "../byteCursor.ts";
import type { ByteSource } from "../byteSource.ts";
import type { Checkpoint, Notice } from "../checkpoint.ts";
import { storedTensor, undecodedTensor } from "../storedTensor.ts";
import { dequantised } from "./dequantise.ts";
import { type GgufValue, malformed, readMetadata } from "./metadata.ts";
import { type GgufTensorInfo, readTensorInfos } from "./tensorInfo.ts";
import { type GgufType, ggufType } from "./types.ts";

const magic = 0x46554747;
const maximumTensors = 1_000_000;
const maximumPairs = 100_000;
const defaultAlignment = 32;
const maximumFacts = 64;
const maximumFactLength = 200;

/**
 * Reads a GGUF file, version 2 or 3 (github.com/ggml-org/ggml/blob/master/docs/gguf.md): weights alone, in GGML's names.
 * Quantised blocks (Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K) are widened to float32 when their elements are asked for;
 * tensors of other block types are listed, and a notice names them.
 * @throws Failure `gguf/not-gguf`, `gguf/version`, `gguf/big-endian`, `gguf/truncated`, `gguf/malformed`, `gguf/limit`,
 *   `gguf/duplicate-key`, `gguf/duplicate-tensor`, `gguf/bad-shape`, `gguf/bad-offset`.
 */
export function readGguf(source: ByteSource): Checkpoint {
  try {
    return read(source);
  } catch (error) {
    throw error instanceof Failure ? error.in(source.name) : error;
  }
}

function read(source: ByteSource): Checkpoint {
  const cursor = new ByteCursor(source, "little-endian", () => cutOff("The file ends inside its header."));
  if (cursor.uint32() !== magic) throw new Failure("gguf/not-gguf", "This is not a GGUF file.");
  checkVersion(cursor.uint32());
  const tensorCount = cursor.uint64();
  const pairCount = cursor.uint64();
  if (tensorCount > maximumTensors || pairCount > maximumPairs) {
    throw new Failure("gguf/limit", `The header announces ${tensorCount} tensors and ${pairCount} facts.`, {
      hint: `Limits are ${maximumTensors} and ${maximumPairs}: the file is damaged, or no model.`,
    });
  }
  const metadata = readMetadata(cursor, pairCount);
  const infos = readTensorInfos(cursor, tensorCount);
  const alignment = alignmentOf(metadata);
  const start = Math.ceil(cursor.position / alignment) * alignment;
  const types = infos.map(({ typeNumber }) => ggufType(typeNumber)?.name ?? `type ${typeNumber}`);
  return {
    format: "gguf",
    weights: {
      tensors: new Map(infos.map((info) => [info.name, tensorOf(info, source, start, alignment)])),
      inModuleOrder: false,
    },
    provenance: {
      facts: new Map([...factsOf(metadata), ["tensor types", countsOf(types)]]),
      notices: [...noticesOf(infos), ...splitNotices(metadata)],
      prefix: "",
      alternatives: new Map(),
    },
  };
}

function checkVersion(version: number): void {
  if (version === 2 || version === 3) return;
  // A small number in the other byte order.
  if (version !== 0 && version % 0x1_0000 === 0) {
    throw new Failure("gguf/big-endian", "The file was written for big-endian machines.", {
      hint: "Convert the model again on a little-endian machine.",
    });
  }
  throw new Failure("gguf/version", `The file has version ${version} of GGUF; 2 and 3 are read.`, {
    hint: "Convert the model again with a current llama.cpp.",
  });
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>): number {
  const alignment = metadata.get("general.alignment") ?? defaultAlignment;
  if (typeof alignment !== "number" || !Number.isInteger(alignment) || alignment < 1 || alignment > 1 << 20) {
    throw malformed(`An alignment of ${String(alignment).slice(0, 40)}`, 0);
  }
  return alignment;
}

function tensorOf(info: GgufTensorInfo, source: ByteSource, start: number, alignment: number): Tensor {
  const { name, shape, typeNumber, offset } = info;
  const type = ggufType(typeNumber);
  const quotedName = JSON.stringify(name);
  if (offset % alignment !== 0) {
    throw new Failure(
      "gguf/bad-offset",
      `The tensor ${quotedName} is at ${offset}, which is not aligned to ${alignment}.`,
    );
  }
  const at = start + offset;
  const bytes = type ? bytesOf(info, type) : 0;
  if (at + bytes > source.size) {
    throw cutOff(`The tensor ${quotedName} needs bytes ${at} to ${at + bytes}; the file has ${source.size}.`);
  }
  if (type?.dtype !== undefined) return storedTensor(type.dtype, shape, source, at);
  if (type?.quantisation !== undefined) {
    return dequantised({ ...type, quantisation: type.quantisation }, shape, source, at);
  }
  const typeName = type?.name ?? `type ${typeNumber}`;
  return undecodedTensor(
    shape,
    () =>
      new Failure(
        "gguf/type-not-read",
        `The elements of ${quotedName} are ${typeName}, which is listed but not read.`,
        {
          file: source.name,
          hint: "Use a conversion to F16, BF16, Q8_0 or one of Q2_K to Q6_K.",
        },
      ),
  );
}

function bytesOf({ name, shape }: GgufTensorInfo, { name: typeName, blockElements, blockBytes }: GgufType): number {
  if ((shape.at(-1) ?? 1) % blockElements !== 0) {
    throw new Failure(
      "gguf/bad-shape",
      `Rows of ${JSON.stringify(name)} have ${shape.at(-1)} elements; ${typeName} comes in blocks of ${blockElements}.`,
    );
  }
  return (elementCount(shape) / blockElements) * blockBytes;
}

function factsOf(metadata: ReadonlyMap<string, GgufValue>): readonly (readonly [string, string])[] {
  return [...metadata]
    .filter(([name, value]) => !name.startsWith("tokenizer.") && String(value).length <= maximumFactLength)
    .slice(0, maximumFacts)
    .map(([name, value]) => [name, String(value)]);
}

/** `Q4_K 169, F32 57`, most frequent first. */
function countsOf(types: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  const ranked = [...counts].sort(([, a], [, b]) => b - a);
  return ranked.map(([type, count]) => `${type} ${count}`).join(", ");
}

function noticesOf(infos: readonly GgufTensorInfo[]): readonly Notice[] {
  const notices: Notice[] = [];
  const named = infos.map(({ typeNumber }) => ({ type: ggufType(typeNumber), typeNumber }));
  const widened = named.flatMap(({ type }) => (type?.quantisation ? [type.name] : []));
  const unread = named.flatMap(({ type, typeNumber }) =>
    type?.quantisation || type?.dtype ? [] : [type?.name ?? `type ${typeNumber}`],
  );
  if (widened.length > 0) {
    const message = `Weights are quantised (${countsOf(widened)} tensors) and are widened to float32: values are those after quantisation.`;
    notices.push({ code: "gguf/quantised", message });
  }
  if (unread.length > 0) {
    const message = `Some tensors are listed but their elements are not read: ${countsOf(unread)}.`;
    notices.push({ code: "gguf/type-not-read", message });
  }
  return notices;
}

function splitNotices(metadata: ReadonlyMap<string, GgufValue>): readonly Notice[] {
  const count = metadata.get("split.count");
  if (typeof count !== "number" || count < 2) return [];
  const message = `This is part ${Number(metadata.get("split.no") ?? 0) + 1} of ${count}: the tensors of the other files are not here. Merge them with: llama-gguf-split --merge`;
  return [{ code: "gguf/split", message }];
}

function cutOff(message: string): Failure {
  return new Failure("gguf/truncated", message, {
    hint: "It may still be being written or downloaded: try again when it is complete.",
  });
}
