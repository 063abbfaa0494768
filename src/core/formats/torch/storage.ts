import { Failure } from "../../failure.ts";
import { type DType, dtypeBits } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import { PickleGlobal, type PickleValue } from "./pickleValues.ts";

/** Element types by the names of PyTorch's storage classes; untyped storages count bytes. */
const storageTypes: ReadonlyMap<string, DType> = new Map([
  ["FloatStorage", "float32"],
  ["DoubleStorage", "float64"],
  ["HalfStorage", "float16"],
  ["BFloat16Storage", "bfloat16"],
  ["LongStorage", "int64"],
  ["IntStorage", "int32"],
  ["ShortStorage", "int16"],
  ["CharStorage", "int8"],
  ["ByteStorage", "uint8"],
  ["BoolStorage", "bool"],
  ["ComplexFloatStorage", "complex64"],
  ["ComplexDoubleStorage", "complex128"],
  ["QInt8Storage", "int8"],
  ["QUInt8Storage", "uint8"],
  ["QInt32Storage", "int32"],
  ["UntypedStorage", "uint8"],
  ["_UntypedStorage", "uint8"],
]);

/** Element types by the names of PyTorch's dtypes. */
export const torchDTypes: ReadonlyMap<string, DType> = new Map([
  ["torch.float32", "float32"],
  ["torch.float", "float32"],
  ["torch.float64", "float64"],
  ["torch.double", "float64"],
  ["torch.float16", "float16"],
  ["torch.half", "float16"],
  ["torch.bfloat16", "bfloat16"],
  ["torch.int64", "int64"],
  ["torch.long", "int64"],
  ["torch.int32", "int32"],
  ["torch.int", "int32"],
  ["torch.int16", "int16"],
  ["torch.short", "int16"],
  ["torch.int8", "int8"],
  ["torch.uint8", "uint8"],
  ["torch.uint16", "uint16"],
  ["torch.uint32", "uint32"],
  ["torch.uint64", "uint64"],
  ["torch.bool", "bool"],
  ["torch.complex64", "complex64"],
  ["torch.cfloat", "complex64"],
  ["torch.complex128", "complex128"],
  ["torch.cdouble", "complex128"],
  ["torch.qint8", "int8"],
  ["torch.quint8", "uint8"],
  ["torch.qint32", "int32"],
  ["torch.float8_e4m3fn", "float8e4m3fn"],
  ["torch.float8_e4m3fnuz", "float8e4m3fnuz"],
  ["torch.float8_e5m2", "float8e5m2"],
  ["torch.float8_e5m2fnuz", "float8e5m2fnuz"],
  ["torch.float8_e8m0fnu", "float8e8m0"],
]);

/** A run of elements that tensors are views of. Its bytes may come after the pickle that names it. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: DType;
  /** Number of elements, as declared. */
  readonly count: number;
  /** The class's name without its module, for facts about quantisation. */
  readonly type: string;
  #open: (() => ByteSource) | undefined;

  constructor(key: string, type: string, dtype: DType, count: number, open?: () => ByteSource) {
    this.key = key;
    this.type = type;
    this.dtype = dtype;
    this.count = count;
    this.#open = open;
  }

  get byteCount(): number {
    return (this.count * dtypeBits[this.dtype]) / 8;
  }

  /** Says where the bytes are, once that is known. */
  bind(open: () => ByteSource): void {
    this.#open = open;
  }

  get isBound(): boolean {
    return this.#open !== undefined;
  }

  /** The elements, `byteCount` bytes or more. @throws Failure `torch/missing-storage`. */
  open(): ByteSource {
    if (this.#open === undefined) throw missingStorage(this.key);
    return this.#open();
  }
}

/** The failure of a tensor whose elements are not in the file. */
export function missingStorage(key: string): Failure {
  return new Failure("torch/missing-storage", `The elements "${key}" of a tensor are not in the file.`, {
    hint: "The file is damaged or was cut off: copy or save it again.",
  });
}

/** What a persistent id says of a storage: `("storage", class, key, location, count, view?)`. */
export interface StorageId {
  readonly key: string;
  readonly type: string;
  readonly dtype: DType;
  readonly count: number;
  /** Legacy files before 0.4 share storages by views `(key, offset, count)` of them, in elements. */
  readonly view: { readonly key: string; readonly offset: number; readonly count: number } | undefined;
}

/**
 * Reads a persistent id; `undefined` where it names no storage.
 * @throws Failure `torch/unknown-storage`, `torch/bad-storage-size`.
 */
export function readStorageId(id: PickleValue): StorageId | undefined {
  if (!Array.isArray(id) || id[0] !== "storage") return undefined;
  const [, storageClass, key, , count, view] = id;
  const type =
    storageClass instanceof PickleGlobal ? storageClass.name.slice(storageClass.name.lastIndexOf(".") + 1) : "";
  return {
    key: keyText(key),
    type,
    dtype: storageDType(type),
    count: size(count),
    view: Array.isArray(view) ? { key: keyText(view[0]), offset: size(view[1]), count: size(view[2]) } : undefined,
  };
}

/** Element type of a storage class. @throws Failure `torch/unknown-storage`. */
export function storageDType(type: string): DType {
  const dtype = storageTypes.get(type);
  if (dtype === undefined) {
    throw new Failure("torch/unknown-storage", `It holds elements of a type that is not known: "${type}".`);
  }
  return dtype;
}

function keyText(key: PickleValue | undefined): string {
  return typeof key === "string" || typeof key === "number" || typeof key === "bigint" ? String(key) : "";
}

function size(count: PickleValue | undefined): number {
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new Failure("torch/bad-storage-size", "A storage has no valid number of elements.");
}
