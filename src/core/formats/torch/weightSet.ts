import { toFloat64 } from "../../graph/numbers.ts";
import { elementCount, type Tensor } from "../../graph/tensor.ts";
import type { Normalisation } from "../../probe/preprocessing.ts";
import type { ModuleRecord, Notice, WeightSet } from "../checkpoint.ts";
import { readModuleTree } from "./moduleTree.ts";
import { PickleObject, type PickleValue } from "./pickleValues.ts";
import { withoutTrainer, withoutWrappers } from "./prefixes.ts";
import { TorchTensor } from "./torchTensor.ts";
import type { FoundWeights } from "./weightRanking.ts";
import { asTensor, isTensor } from "./weightTensor.ts";

/** A set of weights with the names that the network itself gives, and what was learnt on the way. */
export interface ReadWeights {
  readonly set: WeightSet;
  readonly prefix: string;
  readonly preprocessing: Normalisation | undefined;
  readonly modules: ReadonlyMap<string, ModuleRecord> | undefined;
  readonly facts: ReadonlyMap<string, string>;
  readonly notices: readonly Notice[];
}

/** Names and tensors of weights that were found, wrappers and trainers taken off the names. */
export function readWeights(found: FoundWeights): ReadWeights {
  const tree = found.weights.kind === "module" ? readModuleTree(found.weights.module) : undefined;
  const entries: Iterable<readonly [PickleValue, PickleValue]> =
    found.weights.kind === "module" ? (tree?.tensors ?? []) : found.weights.entries;
  const tensors = new Map<string, PickleValue>();
  const others: string[] = [];
  for (const [key, value] of entries) {
    const name = typeof key === "string" || typeof key === "number" ? String(key) : undefined;
    if (name !== undefined && isTensor(value)) tensors.set(name, value);
    else if (name !== undefined && !name.endsWith("_extra_state")) others.push(describe(name, value));
  }
  const wrapped = withoutWrappers([...tensors.keys()]);
  const robust = robustness(wrapped.names);
  const inner = robust ?? withoutTrainer([...wrapped.names.values()]);
  const prefix = wrapped.prefix + inner.prefix;
  const set = new Map<string, Tensor>();
  const facts = new Map<string, string>();
  for (const [name, value] of tensors) {
    const tensor = asTensor(value);
    const final = inner.names.get(wrapped.names.get(name) ?? name);
    if (tensor === undefined || final === undefined) continue;
    // How many sets of weights an average is made of: no weight.
    if (final === "n_averaged" && prefix !== "") facts.set(final, String(toFloat64(tensor)[0]));
    else set.set(final, tensor);
  }
  return {
    set: { tensors: set, inModuleOrder: true },
    prefix,
    preprocessing: robust && normaliser(wrapped.names, tensors),
    modules: tree && renamedModules(tree.modules, prefix),
    facts,
    notices: [...leftOut(others), ...quantised(tensors)],
  };
}

const robustModel = "model.";
const robustMean = "normalizer.new_mean";
const robustStd = "normalizer.new_std";

/**
 * The layout of the robustness library: the network, the network once more inside an attacker, and a normaliser. Gives
 * the network's own names; `undefined` for any other layout.
 */
function robustness(wrapped: ReadonlyMap<string, string>) {
  const names = [...wrapped.values()];
  const isRobust =
    names.some((name) => name.startsWith(robustModel)) &&
    (names.includes(robustMean) || names.some((name) => name.startsWith("attacker.model.")));
  const rest = names.filter((name) => !/^(model|attacker|normalizer)\./.test(name));
  if (!isRobust || rest.length > 0) return undefined;
  const own = names.filter((name) => name.startsWith(robustModel));
  return { prefix: robustModel, names: new Map(own.map((name) => [name, name.slice(robustModel.length)])) };
}

const maxChannels = 1024;

function normaliser(
  wrapped: ReadonlyMap<string, string>,
  tensors: ReadonlyMap<string, PickleValue>,
): Normalisation | undefined {
  const values = (wanted: string): number[] | undefined => {
    const [name] = [...wrapped].find(([, plain]) => plain === wanted) ?? [];
    const tensor = name === undefined ? undefined : asTensor(tensors.get(name) ?? null);
    return tensor && elementCount(tensor.shape) <= maxChannels ? [...toFloat64(tensor)] : undefined;
  };
  const [mean, std] = [values(robustMean), values(robustStd)];
  const usable = mean && std && mean.length === std.length && [...mean, ...std].every(Number.isFinite);
  return usable && std.every((value) => value > 0) ? { mean, std } : undefined;
}

function renamedModules(modules: ReadonlyMap<string, ModuleRecord>, prefix: string) {
  const renamed = new Map<string, ModuleRecord>();
  for (const [path, module] of modules) {
    const inside = `${path}.`;
    if (inside.startsWith(prefix)) renamed.set(inside === prefix ? "" : path.slice(prefix.length), module);
  }
  return prefix === "" ? modules : renamed;
}

function describe(name: string, value: PickleValue): string {
  const kind = value instanceof PickleObject ? value.className.split(".").at(-1) : typeof value;
  return `${name} (${kind === "_rebuild_sparse_tensor" ? "sparse tensor" : kind})`;
}

function leftOut(others: readonly string[]): Notice[] {
  if (others.length === 0) return [];
  const listed = others.slice(0, 3).join(", ");
  const more = others.length > 3 ? ` and ${others.length - 3} more` : "";
  const code = others.some((other) => other.includes("sparse")) ? "torch/sparse-tensor" : "torch/not-a-tensor";
  return [{ code, message: `Left out, since they are not plain tensors: ${listed}${more}.` }];
}

function quantised(tensors: ReadonlyMap<string, PickleValue>): Notice[] {
  const count = [...tensors.values()].filter((value) => value instanceof TorchTensor && value.quantizer).length;
  if (count === 0) return [];
  const message = `${count} quantised tensors are read as the numbers that their integers stand for.`;
  return [{ code: "torch/quantised", message }];
}
