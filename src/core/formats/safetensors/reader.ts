import { Failure } from "../../failure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import type { Checkpoint, Notice } from "../checkpoint.ts";
import { storedTensor, undecodedTensor } from "../storedTensor.ts";
import { contentNotices } from "./contents.ts";
import { readHeader, type SafetensorsEntry } from "./header.ts";
import { checkLayout } from "./layout.ts";

/** What is shown of `__metadata__`: adapters keep whole training logs there. */
const maximumFacts = 32;
const maximumFactLength = 200;

/**
 * Reads a safetensors file (github.com/huggingface/safetensors). Only the header is read; tensors stay in the file, where
 * they can be mapped. Their names are as they are there, in an order that says nothing of the network.
 * @throws Failure `safetensors/…`, as {@link readHeader} and {@link checkLayout} say.
 */
export function readSafetensors(source: ByteSource): Checkpoint {
  const header = readHeader(source);
  checkLayout(header, source);
  const tensors = new Map(header.tensors.map((entry) => [entry.name, tensorOf(entry, source, header.dataStart)]));
  return {
    format: "safetensors",
    weights: { tensors, inModuleOrder: false },
    provenance: {
      facts: factsOf(header.metadata),
      notices: [...contentNotices([...tensors.keys()]), ...undecodedNotices(header.tensors)],
      prefix: "",
      alternatives: new Map(),
    },
  };
}

function tensorOf({ name, typeName, type, shape, begin }: SafetensorsEntry, source: ByteSource, start: number): Tensor {
  if (type.dtype !== undefined) return storedTensor(type.dtype, shape, source, start + begin);
  return undecodedTensor(
    shape,
    () =>
      new Failure("safetensors/dtype", `The elements of "${name}" are ${typeName}, which is listed but not read.`, {
        file: source.name,
        hint: "Save the weights as F8, F16, BF16 or F32.",
      }),
  );
}

function factsOf(metadata: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const facts = [...metadata].slice(0, maximumFacts);
  return new Map(
    facts.map(([key, value]) => [
      key,
      value.length > maximumFactLength ? `${value.slice(0, maximumFactLength)}…` : value,
    ]),
  );
}

function undecodedNotices(entries: readonly SafetensorsEntry[]): readonly Notice[] {
  const undecoded = entries.filter(({ type }) => type.dtype === undefined);
  if (undecoded.length === 0) return [];
  const types = [...new Set(undecoded.map(({ typeName }) => typeName))].join(", ");
  const message = `${undecoded.length} tensors of type ${types} are listed but their elements are not read.`;
  return [{ code: "safetensors/dtype", message }];
}
