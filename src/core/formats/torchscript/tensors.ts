import { Failure } from "../../failure.ts";
import { elementCount, float32Tensor, int64Tensor, type Tensor } from "../../graph/tensor.ts";
import type { AtenLowering } from "../../lowering/aten/lowering.ts";
import {
  type AtenTensor,
  type AtenValue,
  isBatchSize,
  isList,
  isTensor,
  type Size,
} from "../../lowering/aten/value.ts";
import { computeScalar, isScalar, number } from "./scalars.ts";
import { Float, List, Unknown, type Value } from "./values.ts";

/** `c10::ScalarType` of the types that matter. */
const scalarTypes = { float: 6, int: 4, bool: 11 } as const;
const floatTypes = new Set([5, 6, 7, 15]);

export function isTensorValue(value: Value | undefined): value is AtenTensor {
  return typeof value === "object" && value !== null && "kind" in value && isTensor(value);
}

/**
 * Answers what the code asks of a tensor: type, rank, sizes, its elements where they are known; `undefined` where the
 * operator is none of these. Everything is on one device and wants gradients, which sends modules down their plain road.
 */
export function inspectTensor(
  operator: string,
  tensor: AtenTensor,
  args: readonly Value[],
  lowering: AtenLowering,
): Value | undefined {
  switch (operator) {
    case "size":
    case "shape": {
      const { shape } = lowering.typeOf(tensor);
      const [, axis] = args;
      if (axis === undefined || axis === null) return new List(shape.slice());
      return typeof axis === "number" ? shape.at(axis) : undefined;
    }
    case "dim":
    case "ndim":
      return lowering.typeOf(tensor).shape.length;
    case "len":
      return lowering.typeOf(tensor).shape[0];
    case "numel":
      return lowering.typeOf(tensor).shape.reduce<Value>((product, size) => multiply(product, size), 1);
    case "dtype":
      return scalarTypes[lowering.typeOf(tensor).dtype];
    case "is_floating_point":
      return lowering.typeOf(tensor).dtype === "float";
    case "device":
      return "cpu";
    case "layout":
      return 0;
    case "requires_grad":
    case "is_contiguous":
      return true;
    case "is_complex":
    case "is_cuda":
    case "is_mps":
    case "is_mkldnn":
    case "is_nested":
    case "is_quantized":
    case "is_sparse":
      return false;
    case "item":
    case "Int":
    case "Float":
    case "Bool":
    case "IntImplicit":
    case "FloatImplicit":
    case "ScalarImplicit":
      return element(operator, tensor, lowering);
  }
  return undefined;
}

function multiply(a: Value, b: Size): Value {
  return (isScalar(a) && computeScalar("mul", [a, b])) || new Unknown("a number of elements");
}

/** The one element of a tensor that is known. */
function element(operator: string, tensor: AtenTensor, lowering: AtenLowering): Value {
  const data = lowering.dataOf(tensor);
  const value = data?.length === 1 ? data[0] : undefined;
  if (value === undefined) return new Unknown("an element of a tensor");
  const { dtype } = lowering.typeOf(tensor);
  const scalar = dtype === "float" ? new Float(value) : dtype === "bool" ? value !== 0 : value;
  return (operator === "item" ? scalar : computeScalar(operator, [scalar])) ?? scalar;
}

/** A scalar of a tensor without axes that is known, which stands for it in arithmetic of sizes (traced code counts so). */
export function asScalar(value: Value, lowering: AtenLowering): Value {
  if (!isTensorValue(value) || lowering.typeOf(value).shape.length > 0) return value;
  const known = element("item", value, lowering);
  return known instanceof Unknown ? value : known;
}

/** A constant of the numbers in nested lists: `torch.tensor`. */
export function tensorOfNumbers(data: Value, dtype: Value | undefined): Tensor {
  const shape: number[] = [];
  let level: readonly Value[] = [data];
  while (level[0] instanceof List) {
    const size = level[0].items.length;
    const next: Value[] = [];
    for (const item of level) {
      if (!(item instanceof List) || item.items.length !== size) throw notNumbers();
      for (const inner of item.items) next.push(inner);
    }
    shape.push(size);
    level = next;
    if (shape.length > 16) throw notNumbers();
  }
  const values = level.map((value) => {
    if (typeof value === "number" || typeof value === "boolean" || value instanceof Float) return number(value);
    throw notNumbers();
  });
  const type = typeof dtype === "number" ? dtype : defaultType(level);
  if (floatTypes.has(type)) return float32Tensor(shape, values);
  if (type !== scalarTypes.bool) return int64Tensor(shape, values.map(Math.trunc));
  const bytes = Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  return { dtype: "bool", shape, bytes: () => bytes.slice(0, elementCount(shape)) };
}

function defaultType(values: readonly Value[]): number {
  if (values.length === 0 || values.some((value) => value instanceof Float)) return scalarTypes.float;
  return values.every((value) => typeof value === "boolean") ? scalarTypes.bool : scalarTypes.int;
}

function notNumbers(): Failure {
  return new Failure("torchscript/unsupported", "A tensor is made of something other than known numbers");
}

/** A number cast to a type, as traced code does with sizes: `torch.to(n, 6)`. */
export function castScalar(value: Value, dtype: Value | undefined): Value {
  if (!isScalar(value) || typeof dtype !== "number") return value;
  return computeScalar(floatTypes.has(dtype) ? "Float" : dtype === scalarTypes.bool ? "Bool" : "Int", [value]) ?? value;
}

/** Deepest nesting of lists among arguments; ATen's lists have two levels at most. */
const maxNesting = 4;

/** A value as an argument for the lowering. @throws Failure `torchscript/data-dependent`, `torchscript/unsupported`. */
export function toAten(value: Value, nesting = 0): AtenValue {
  if (value instanceof Float) return value.value;
  if (value instanceof List && nesting < maxNesting) return value.items.map((item) => toAten(item, nesting + 1));
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (value instanceof Unknown) {
    throw new Failure("torchscript/data-dependent", `The network's structure depends on the samples: ${value.what}`);
  }
  if ("kind" in value && (isTensor(value) || isBatchSize(value))) return value;
  throw new Failure("torchscript/unsupported", "An operator is given an object of the archive");
}

/** A result of the lowering as a value. */
export function fromAten(value: AtenValue): Value {
  return isList(value) ? new List(value.map(fromAten)) : value;
}
