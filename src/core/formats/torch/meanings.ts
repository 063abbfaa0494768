import { byteRange } from "../byteRange.ts";
import type { ByteSource } from "../byteSource.ts";
import { numpyScalar } from "./numpyArray.ts";
import { PickleBytes, PickleGlobal, type PickleMap, PickleObject, type PickleValue } from "./pickleValues.ts";
import { rebuildTensor } from "./rebuildTensor.ts";
import { TorchTensor } from "./torchTensor.ts";
import type { PickleMeanings } from "./unpickle.ts";

type Construct = PickleMeanings["construct"];

/**
 * The meaning of the names that PyTorch, NumPy and Python's own containers put into pickles. All other names mean nothing.
 * @param loadBytes opens a whole torch file that stands in a byte string, as `pickle.dump` of tensors leaves them
 */
export function torchConstruct(loadBytes?: (bytes: ByteSource) => PickleValue): Construct {
  return (callable, args, spend) => {
    const { name, args: list } = unwrapped(callable, args);
    const builder = builders.get(name);
    if (builder !== undefined) return builder(list, spend);
    if (name === "torch.storage._load_from_bytes" && list[0] instanceof PickleBytes) {
      return loadBytes?.(asSource(list[0]));
    }
    return name.startsWith(tensorFunctions) ? rebuildTensor(name.slice(tensorFunctions.length), list) : undefined;
  };
}

const tensorFunctions = "torch._utils.";

/** Subclasses of tensors and their state are wrapped around the function that makes the tensor. */
function unwrapped(callable: PickleGlobal, args: readonly PickleValue[]) {
  let { name } = callable;
  let list = args;
  // Each turn goes to a list inside the last; a list that holds itself is cut short by the bound.
  for (let depth = 0; depth < 8; depth++) {
    const [inner] = list;
    // (function, type, arguments, state)
    const innerArgs = list[2];
    const wraps = name === "torch._tensor._rebuild_from_type_v2" || name === "torch._tensor._rebuild_from_type";
    if (!wraps || !(inner instanceof PickleGlobal) || !Array.isArray(innerArgs)) break;
    name = inner.name;
    list = innerArgs;
  }
  return { name, args: list };
}

type Builder = (args: readonly PickleValue[], spend: (values: number) => void) => PickleValue | undefined;

const mapping: Builder = ([content], spend) => asMap(content, spend);
const set: Builder = ([content], spend) => {
  if (content instanceof Set) return content;
  spend(Array.isArray(content) ? 2 * content.length : 0);
  return new Set(Array.isArray(content) ? content : []);
};
const first: Builder = ([value]) => value;
/** Old pickles of parameters and variables: the class with the tensor as first argument. */
const parameter: Builder = ([value]) => (value instanceof TorchTensor ? value : undefined);
const scalar: Builder = ([descr, data]) => numpyScalar(descr, data);
/** Protocols 0 and 1, and 2 for classes with an own `__new__`: `(class, …)`. */
const instance: Builder = ([type, ...rest]) =>
  type instanceof PickleGlobal ? (mappings.has(type.name) ? new Map() : new PickleObject(type.name, rest)) : undefined;
const builtin =
  (module: string): Builder =>
  ([name]) =>
    typeof name === "string" ? new PickleGlobal(module, name) : undefined;

const mappings = new Set(["collections.OrderedDict", "collections.Counter", "builtins.dict", "__builtin__.dict"]);

const builders: ReadonlyMap<string, Builder> = new Map([
  ...Array.from(mappings, (name) => [name, mapping] as const),
  // The first argument is the function that makes missing values.
  ["collections.defaultdict", ([, content], spend) => asMap(content, spend)],
  ["builtins.set", set],
  ["__builtin__.set", set],
  ["builtins.frozenset", set],
  ["__builtin__.frozenset", set],
  ["builtins.list", ([content]) => (Array.isArray(content) ? content : [])],
  ["builtins.bytearray", ([content]) => (content instanceof PickleBytes ? content : undefined)],
  ["__builtin__.bytearray", ([content]) => (content instanceof PickleBytes ? content : undefined)],
  ["_codecs.encode", ([text]) => (typeof text === "string" ? encodedLatin1(text) : undefined)],
  ["copy_reg._reconstructor", instance],
  ["copyreg._reconstructor", instance],
  ["copyreg.__newobj__", instance],
  ["dill._dill._load_type", builtin("builtins")],
  ["numpy.core.multiarray.scalar", scalar],
  ["numpy._core.multiarray.scalar", scalar],
  ["torch.Size", ([sizes]) => (Array.isArray(sizes) ? sizes : [])],
  ["torch._utils._rebuild_parameter", first],
  ["torch._utils._rebuild_parameter_with_state", first],
  ["torch._utils._rebuild_device_tensor_from_numpy", first],
  ["torch._utils._rebuild_device_tensor_from_cpu_tensor", first],
  ["torch._utils._rebuild_xla_tensor", first],
  ["torch.nn.parameter.Parameter", parameter],
  ["torch.autograd.variable.Variable", parameter],
  ["torch.jit._pickle.build_intlist", first],
  ["torch.jit._pickle.build_doublelist", first],
  ["torch.jit._pickle.build_boollist", first],
  ["torch.jit._pickle.build_tensorlist", first],
  ["torch.jit._pickle.restore_type_tag", first],
]);

/** A dictionary from one, which is not copied, or from a list of pairs. */
function asMap(content: PickleValue | undefined, spend: (values: number) => void): PickleMap {
  if (content instanceof Map) return content;
  const map: PickleMap = new Map();
  if (!Array.isArray(content)) return map;
  spend(4 * content.length);
  for (const pair of content) if (Array.isArray(pair)) map.set(pair[0] ?? null, pair[1] ?? null);
  return map;
}

/** Bytes that protocol 2 spells as a text of Latin-1; encoded when they are read, since one text may stand for many. */
function encodedLatin1(text: string): PickleBytes {
  const source: ByteSource = {
    name: "a byte string",
    size: text.length,
    read: (offset, length) => Uint8Array.from({ length }, (_, i) => text.charCodeAt(offset + i)),
  };
  return new PickleBytes(source, 0, text.length);
}

function asSource({ source, offset, length }: PickleBytes): ByteSource {
  return byteRange(source, source.name, offset, length);
}
