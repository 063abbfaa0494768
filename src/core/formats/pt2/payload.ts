import { Failure } from "../../failure.ts";
import { dtypeBits, type Tensor } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import { readTorchObject } from "../torch/object.ts";
import { checkLayout, type StridedLayout, stridedTensor } from "../torch/strided.ts";
import { asTensor } from "../torch/weightTensor.ts";
import type { ZipArchive } from "../zip.ts";
import { type PayloadPlace, readText } from "./archive.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  listOf,
  malformed,
  numberOf,
  objectOf,
  parseJson,
  textOf,
} from "./json.ts";
import { dtypeOf } from "./scalarTypes.ts";
import { memberOf } from "./union.ts";

/** Tensors by the names that the graph's signature knows them by. Elements stay in the file. */
export interface Payload {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Whether they stand as `state_dict()` had them. */
  readonly inModuleOrder: boolean;
}

/**
 * Reads the tensors of a part of an export: from files of `torch.save`, or from raw ones with a list of what they hold.
 * @throws Failure `zip/…`, `pickle/…`, `torch/…`, `pt2/payload-path`, `pt2/missing-payload`, `pt2/short-payload`, `pt2/dtype`,
 *   `pt2/malformed`.
 */
export function readPayload(archive: ZipArchive, { saved, config, folder }: PayloadPlace): Payload {
  const file = saved.find((name) => archive.entries.has(name));
  if (file !== undefined) return { tensors: savedTensors(archive.open(file)), inModuleOrder: true };
  if (config === undefined || !archive.entries.has(config)) return { tensors: new Map(), inModuleOrder: true };
  return { tensors: listedTensors(archive, config, folder), inModuleOrder: false };
}

/** Tensors of a dictionary that `torch.save` wrote; an empty one may be written as no bytes at all. */
function savedTensors(source: ByteSource): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  if (source.size <= 4) return tensors;
  const { value } = readTorchObject(source);
  if (!(value instanceof Map)) return tensors;
  for (const [name, entry] of value) {
    const tensor = typeof name === "string" ? asTensor(entry) : undefined;
    if (typeof name === "string" && tensor) tensors.set(name, tensor);
  }
  return tensors;
}

function listedTensors(archive: ZipArchive, config: string, folder: string): Map<string, Tensor> {
  const list = objectOf(
    objectOf(parseJson(readText(archive, config)), "the list of payloads").config,
    "the list of payloads",
  );
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of Object.entries(list)) {
    const entry = objectOf(value, `the payload of ${name}`);
    const path = textOf(entry.path_name, `the path of ${name}`);
    // Files lie side by side: anything else wants out of the folder.
    if (!/^[\w-][\w.-]*$/.test(path)) {
      throw new Failure(
        "pt2/payload-path",
        `The elements of ${name} are said to be in "${path}", outside their folder.`,
      );
    }
    const member = `${folder}${path}`;
    if (!archive.entries.has(member)) {
      throw new Failure("pt2/missing-payload", `The elements of ${name} should be in "${member}", which is missing.`);
    }
    const tensor = readEntry(archive.open(member), name, entry);
    if (tensor) tensors.set(name, tensor);
  }
  return tensors;
}

/** One tensor; `undefined` for objects of other classes. */
function readEntry(source: ByteSource, name: string, entry: JsonObject): Tensor | undefined {
  if (!isObject(entry.tensor_meta)) return entry.use_pickle === true ? pickledTensor(source) : undefined;
  if (entry.use_pickle === true) return pickledTensor(source);
  const layout = layoutOf(entry.tensor_meta, name);
  const available = Math.floor((source.size * 8) / dtypeBits[layout.dtype]);
  const { shape, strides, offset } = layout;
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), offset);
  if (!shape.includes(0) && last >= available) {
    throw new Failure(
      "pt2/short-payload",
      `The elements of ${name} need ${last + 1} places; the file has ${available}.`,
      {
        hint: "The file is damaged: copy or save it again.",
      },
    );
  }
  checkLayout(layout, available);
  return stridedTensor(source, layout);
}

/** A tensor, or a dictionary of one, that `torch.save` wrote. */
function pickledTensor(source: ByteSource): Tensor | undefined {
  const { value } = readTorchObject(source);
  const candidates = value instanceof Map ? [...value.values()] : [value];
  return candidates.map(asTensor).find((tensor) => tensor !== undefined);
}

function layoutOf(meta: JsonObject, name: string): StridedLayout {
  const whole = (value: Json | undefined): number => {
    const member = memberOf(value);
    const number = member ? (member.tag === "as_int" ? member.value : undefined) : value;
    if (typeof number !== "number") throw malformed(`the layout of ${name} is not written in numbers`);
    return number;
  };
  return {
    dtype: dtypeOf(numberOf(meta.dtype, `the type of ${name}`)),
    shape: listOf(meta.sizes, `the shape of ${name}`).map(whole),
    strides: listOf(meta.strides, `the strides of ${name}`).map(whole),
    offset: meta.storage_offset === undefined || meta.storage_offset === null ? 0 : whole(meta.storage_offset),
  };
}
