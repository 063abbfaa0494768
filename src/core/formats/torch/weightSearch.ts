import { isModule } from "./moduleTree.ts";
import { type PickleMap, PickleObject, type PickleValue } from "./pickleValues.ts";
import { isTensor } from "./weightTensor.ts";

/** A place in a checkpoint that may hold a network's weights. */
export interface Candidate {
  /** Keys from the top down to it. */
  readonly place: Place;
  readonly weights: { readonly kind: "dictionary"; readonly entries: PickleMap } | ModuleCandidate;
  /** Whether its names are such as modules give: `…weight`, `…running_mean`. */
  readonly hasModuleNames: boolean;
  readonly tensorCount: number;
}

interface ModuleCandidate {
  readonly kind: "module";
  readonly module: PickleObject;
}

/** A value's position in the object, as a list from the inside out, so that deep nesting costs nothing. */
export interface Place {
  readonly key: string;
  readonly parent: Place | undefined;
  readonly depth: number;
  readonly value: PickleValue;
}

/** Part of a mapping's values that must be tensors for it to be a network's weights. */
const tensorShare = 0.8;
const moduleName = /(^|\.)(weight|bias|running_mean|running_var|weight_g|weight_v|in_proj_weight|gamma|beta)$/;
/** What trainers keep beside the weights, which holds tensors of the same shapes. */
const never = /optim|sched|scaler|^(native_)?amp|callbacks|^loops$|rng|random_state|grad(ient)?s$/i;

/**
 * All places that may hold weights. The walk meets each value once and keeps its own stack, so that neither depth nor
 * sharing matter.
 */
export function findCandidates(root: PickleValue): Candidate[] {
  const found: Candidate[] = [];
  for (const place of walk(root)) {
    const candidate = asCandidate(place);
    if (candidate !== undefined) found.push(candidate);
  }
  return found;
}

/** Every tensor below a place by its keys, for files that hold tensors in no known arrangement. */
export function findTensors(root: PickleValue): Map<string, PickleValue> {
  const tensors = new Map<string, PickleValue>();
  for (const place of walk(root)) if (isTensor(place.value)) tensors.set(pathText(place) || "tensor", place.value);
  return tensors;
}

/** The keys to a place joined by dots; long paths are cut at the front. */
export function pathText(place: Place): string {
  const keys: string[] = [];
  for (let at: Place | undefined = place; at?.parent !== undefined && keys.length < 64; at = at.parent)
    keys.unshift(at.key);
  return keys.join(".");
}

/** Depth first, in the order in which the file gives things. */
function* walk(root: PickleValue): Generator<Place> {
  const seen = new Set<PickleValue>();
  const todo: Place[] = [{ key: "", parent: undefined, depth: 0, value: root }];
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    const { value, depth } = place;
    // A tensor that stands in two places is two tensors with two names.
    if (typeof value !== "object" || value === null || (seen.has(value) && !isTensor(value))) continue;
    seen.add(value);
    yield place;
    const inside = children(value);
    // The stack gives back what comes last first.
    for (let i = inside.length - 1; i >= 0; i--) {
      const [key, child] = inside[i]!;
      if (!never.test(key)) todo.push({ key, parent: place, depth: depth + 1, value: child });
    }
  }
}

function children(value: PickleValue): [string, PickleValue][] {
  if (value instanceof Map) return entriesOf(value);
  if (Array.isArray(value)) return value.map((child, i) => [String(i), child]);
  if (!(value instanceof PickleObject) || isWhole(value)) return [];
  const inside =
    value.state instanceof Map ? entriesOf(value.state) : [["state", value.state] as [string, PickleValue]];
  return [...inside, ...entriesOf(value.entries ?? new Map()), ...children(value.elements ?? [])];
}

/** Whether a value is taken as one: its inside is not searched. */
function isWhole(value: PickleValue): boolean {
  return isTensor(value) || isModule(value);
}

function entriesOf(map: PickleMap): [string, PickleValue][] {
  return Array.from(map, ([key, value]) => [
    typeof key === "string" || typeof key === "number" ? String(key) : "?",
    value,
  ]);
}

function asCandidate(place: Place): Candidate | undefined {
  const { value } = place;
  if (isModule(value)) {
    const weights = { kind: "module", module: value } as const;
    return { place, weights, hasModuleNames: true, tensorCount: Number.POSITIVE_INFINITY };
  }
  const entries = value instanceof PickleObject ? value.entries : value;
  if (!(entries instanceof Map)) return undefined;
  let tensorCount = 0;
  let hasModuleNames = false;
  for (const [key, entry] of entries) {
    if (!isTensor(entry)) continue;
    tensorCount++;
    hasModuleNames ||= typeof key === "string" && moduleName.test(key);
  }
  if (tensorCount === 0 || tensorCount < tensorShare * entries.size) return undefined;
  return { place, weights: { kind: "dictionary", entries }, hasModuleNames, tensorCount };
}
