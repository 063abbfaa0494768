import { Failure } from "../../failure.ts";
import type { ModuleAttribute, ModuleRecord } from "../checkpoint.ts";
import { PickleGlobal, type PickleMap, PickleObject, type PickleValue } from "./pickleValues.ts";
import { TorchTensor } from "./torchTensor.ts";

/** A network that was saved as a tree of module objects. */
export interface ModuleTree {
  /** Parameters and buffers by the names that `state_dict()` would give them, in its order. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Every module by its path, the network itself by `""`. */
  readonly modules: ReadonlyMap<string, ModuleRecord>;
}

/** Parts of one module object. */
interface ModuleParts {
  readonly tensors: Iterable<readonly [string, TorchTensor]>;
  readonly children: readonly (readonly [string, PickleObject])[];
}

const maxModules = 200_000;
const maxDepth = 200;

/** Whether an object is an `nn.Module` as pickle writes it: an instance with dictionaries of parts. */
export function isModule(value: PickleValue): value is PickleObject {
  return value instanceof PickleObject && partsOf(value, "_modules") !== undefined;
}

/** Whether an object is a module of a TorchScript archive, whose class is in the archive's own code. */
export function isScriptModule(value: PickleValue): value is PickleObject {
  return value instanceof PickleObject && value.className.startsWith("__torch__.") && value.state instanceof Map;
}

/**
 * Names the tensors of a module by walking its parts. A module that is used in two places is named twice, as in
 * `state_dict()`.
 * @throws Failure `pickle/limit` for trees of absurd size or depth.
 */
export function readModuleTree(root: PickleObject): ModuleTree {
  const partsOfModule = isModule(root) ? eagerParts : scriptParts;
  const tensors = new Map<string, TorchTensor>();
  const modules = new Map<string, ModuleRecord>();
  const todo: { readonly path: string; readonly module: PickleObject; readonly depth: number }[] = [
    { path: "", module: root, depth: 0 },
  ];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { path, module, depth } = next;
    if (depth > maxDepth || modules.size >= maxModules) {
      throw new Failure("pickle/limit", "The network in the pickle has an absurd number of modules, or holds itself.");
    }
    const parts = partsOfModule(module);
    modules.set(path, { className: module.className, attributes: plainAttributes(module) });
    for (const [name, tensor] of parts.tensors) tensors.set(join(path, name), tensor);
    // The stack gives back what comes last first.
    for (const [name, child] of parts.children.toReversed()) {
      todo.push({ path: join(path, name), module: child, depth: depth + 1 });
    }
  }
  return { tensors, modules };
}

function eagerParts(module: PickleObject): ModuleParts {
  const transient = module.attribute("_non_persistent_buffers_set");
  const kept = (name: PickleValue) => !(transient instanceof Set && transient.has(name));
  const stored = [
    ...named(partsOf(module, "_parameters"), isTorchTensor),
    ...named(partsOf(module, "_buffers"), isTorchTensor).filter(([name]) => kept(name)),
  ];
  return { tensors: stored, children: named(partsOf(module, "_modules"), isModule) };
}

/** Scripted modules keep everything among their attributes, under the names that `state_dict()` uses. */
function scriptParts(module: PickleObject): ModuleParts {
  const attributes = module.state instanceof Map ? module.state : undefined;
  return { tensors: named(attributes, isTorchTensor), children: named(attributes, isScriptModule) };
}

function partsOf(module: PickleObject, name: string): PickleMap | undefined {
  const parts = module.attribute(name);
  return parts instanceof Map ? parts : undefined;
}

function named<T extends PickleValue>(parts: PickleMap | undefined, is: (value: PickleValue) => value is T) {
  const found: [string, T][] = [];
  for (const [name, value] of parts ?? []) if (typeof name === "string" && is(value)) found.push([name, value]);
  return found;
}

function isTorchTensor(value: PickleValue): value is TorchTensor {
  return value instanceof TorchTensor;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** What the constructor was told, and what else is plain; names with an underscore are PyTorch's own. */
function plainAttributes(module: PickleObject): ReadonlyMap<string, ModuleAttribute> {
  const attributes = new Map<string, ModuleAttribute>();
  if (!(module.state instanceof Map)) return attributes;
  for (const [name, value] of module.state) {
    const plain = typeof name === "string" && !name.startsWith("_") ? plainAttribute(value, 0) : undefined;
    if (typeof name === "string" && plain !== undefined) attributes.set(name, plain);
  }
  return attributes;
}

const longestList = 64;
const longestText = 1000;

/** A plain value, with lists to two levels (as of `padding`); functions and types are given by their names. */
function plainAttribute(value: PickleValue, depth: number): ModuleAttribute | undefined {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return value.length <= longestText ? value : undefined;
  if (value instanceof PickleGlobal) return value.name;
  if (!Array.isArray(value) || value.length > longestList || depth === 2) return undefined;
  const items = value.map((item) => plainAttribute(item, depth + 1));
  return items.every((item) => item !== undefined) ? items : undefined;
}
