import { Failure } from "../../failure.ts";
import { byteLength, type DType, elementCount, type Tensor } from "../../graph/tensor.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import { isObject, type Json, type JsonObject, member } from "../keras/settings.ts";
import { localPath } from "../relativePath.ts";
import { storedTensor } from "../storedTensor.ts";
import { joined } from "./joined.ts";
import { dequantised, type Quantisation, readQuantisation } from "./quantised.ts";

const maximumWeights = 200_000;
const maximumShards = 10_000;
const maximumRank = 32;

const dtypes: ReadonlyMap<string, DType> = new Map([
  ["float32", "float32"],
  ["int32", "int32"],
  ["bool", "bool"],
  ["uint8", "uint8"],
  ["complex64", "complex64"],
]);

/**
 * Reads `weightsManifest`: groups of weights, each behind one another in the concatenation of the group's shards. All
 * paths are held against the folder before any file is opened.
 * @throws Failure `tfjs/bad-manifest`, `tfjs/short-weights`, `tfjs/dtype`, `path/outside-folder`, `path/not-local`
 */
export function readManifest(manifest: Json | undefined, siblings: SiblingFiles): ReadonlyMap<string, Tensor> {
  if (!Array.isArray(manifest) || !manifest.every(isObject)) throw bad("It has no list of weights.");
  const groups = manifest.map((group) => ({ paths: pathsOf(group), weights: weightsOf(group) }));
  const files = groups.flatMap(({ paths }) => paths);
  if (files.length > maximumShards) throw bad(`It lists ${files.length} shards.`);
  // Else a small file could stand for weights of any size.
  if (new Set(files).size < files.length) throw bad("It lists a shard twice.");
  const tensors = new Map<string, Tensor>();
  for (const { paths, weights } of groups) {
    const shards = joined(paths.map((path) => siblings.open(path)));
    let offset = 0;
    for (const weight of weights) {
      if (tensors.has(weight.name)) throw bad(`The weight "${weight.name}" is listed twice.`);
      const tensor = tensorAt(weight, shards, offset);
      offset += byteLength({ dtype: weight.stored, shape: weight.shape });
      if (tensor) tensors.set(weight.name, tensor);
      if (tensors.size > maximumWeights) throw bad("It lists more weights than any model has.");
    }
  }
  return tensors;
}

interface ListedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** As it is to be read. */
  readonly dtype: DType;
  /** As it stands in the shards. */
  readonly stored: DType;
  readonly quantisation: Quantisation | undefined;
}

function pathsOf(group: JsonObject): string[] {
  const paths = member(group, "paths");
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string")) throw bad("A group has no shards.");
  return paths.map(localPath);
}

function weightsOf(group: JsonObject): ListedWeight[] {
  const weights = member(group, "weights");
  if (!Array.isArray(weights) || !weights.every(isObject)) throw bad("A group has no weights.");
  return weights.map((weight) => {
    const name = member(weight, "name");
    const shape = member(weight, "shape");
    const type = member(weight, "dtype");
    const isShape =
      Array.isArray(shape) &&
      shape.length <= maximumRank &&
      shape.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0) &&
      Number.isSafeInteger(8 * elementCount(shape as number[]));
    if (typeof name !== "string" || !isShape)
      throw bad(`The weight ${JSON.stringify(name ?? null)} has no name or shape.`);
    const dtype = dtypes.get(typeof type === "string" ? type : "");
    if (!dtype) {
      throw new Failure(
        "tfjs/dtype",
        `The weight "${name}" is of type ${JSON.stringify(type ?? null)}, which is not read.`,
      );
    }
    const quantisation = readQuantisation(member(weight, "quantization"));
    return { name, shape: shape as number[], dtype, stored: quantisation?.stored ?? dtype, quantisation };
  });
}

function tensorAt(weight: ListedWeight, shards: ByteSource, offset: number): Tensor {
  const { name, shape, stored, quantisation } = weight;
  const length = byteLength({ dtype: stored, shape });
  if (offset + length > shards.size) {
    throw new Failure(
      "tfjs/short-weights",
      `The shards end before the weight "${name}": they have ${shards.size} bytes, and it ends at ${offset + length}.`,
      { hint: "A shard is missing or cut off: copy the folder again." },
    );
  }
  const tensor = storedTensor(stored, shape, shards, offset);
  if (quantisation) return dequantised(tensor, quantisation, weight.dtype);
  // A weight that spans two shards has no single place to be mapped from.
  return shards.place || shards.size === 0 ? tensor : { dtype: stored, shape, bytes: tensor.bytes };
}

function bad(message: string): Failure {
  return new Failure("tfjs/bad-manifest", message);
}
