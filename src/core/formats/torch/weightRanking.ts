import type { PickleMap, PickleObject, PickleValue } from "./pickleValues.ts";
import { type Candidate, findCandidates, findTensors, type Place, pathText } from "./weightSearch.ts";

/** Weights as they were found, by the names that the file gives. */
export interface FoundWeights {
  /** Keys to the place, joined by dots; empty where the file is nothing but weights. */
  readonly path: string;
  readonly weights:
    | { readonly kind: "dictionary"; readonly entries: PickleMap | ReadonlyMap<string, PickleValue> }
    | { readonly kind: "module"; readonly module: PickleObject };
}

/** Keys under which trainers keep the network, the likeliest first. */
const preferred = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "net",
  "network",
  "generator",
  "params",
  "params_ema",
  "student",
  "teacher",
  "module",
];
/** Keys of averaged weights, which are offered beside the network's own. */
const averaged = /(^|_)(ema|swa|averaged?|shadow)(_|$)/i;

/** The network's weights first, then other sets of weights in the file; none where it holds no tensor. */
export function findWeights(root: PickleValue): FoundWeights[] {
  const candidates = findCandidates(root).sort(byRank);
  const [best] = candidates;
  if (best === undefined || isPartOfNested(best, candidates)) {
    const top = best === undefined ? root : commonPlace(candidates).value;
    const entries = findTensors(top);
    const path = best === undefined ? "" : pathText(commonPlace(candidates));
    return entries.size === 0 ? [] : [{ path, weights: { kind: "dictionary", entries } }];
  }
  return candidates
    .filter((candidate) => candidate === best || candidate.hasModuleNames)
    .map(({ place, weights }) => ({ path: pathText(place), weights }));
}

function byRank(a: Candidate, b: Candidate): number {
  const [left, right] = [rank(a), rank(b)];
  const i = left.findIndex((value, index) => value !== right[index]);
  return i < 0 ? 0 : (left[i] ?? 0) - (right[i] ?? 0);
}

/** Smaller is better, the first difference decides. */
function rank({ place, hasModuleNames, tensorCount }: Candidate): number[] {
  return [hasModuleNames ? 0 : 1, isAveraged(place) ? 1 : 0, preference(place), place.depth, -tensorCount];
}

function isAveraged(place: Place): boolean {
  for (let at: Place | undefined = place, steps = 0; at !== undefined && steps < 8; at = at.parent, steps++) {
    if (averaged.test(at.key)) return true;
  }
  return false;
}

/** Index of the name nearest to the weights; the file's own top is better than any name. */
function preference(place: Place): number {
  if (place.parent === undefined) return -1;
  for (let at: Place | undefined = place, steps = 0; at !== undefined && steps < 4; at = at.parent, steps++) {
    const index = preferred.indexOf(at.key);
    if (index >= 0) return index;
  }
  return preferred.length;
}

/**
 * Whether weights are kept in a dictionary for each layer, so that the best candidate is no network but one layer: its
 * names have no dots, its own key says nothing, and there are others like it.
 */
function isPartOfNested({ place, weights }: Candidate, all: readonly Candidate[]): boolean {
  if (place.parent === undefined || weights.kind === "module" || all.length < 2) return false;
  if (preferred.includes(place.key) || averaged.test(place.key)) return false;
  return Array.from(weights.entries.keys()).every((key) => typeof key !== "string" || !key.includes("."));
}

/** The innermost place that holds all candidates. */
function commonPlace(candidates: readonly Candidate[]): Place {
  const [first, ...others] = candidates.map(({ place }) => place);
  if (first === undefined) throw new RangeError("no candidates");
  return others.reduce((common, place) => shared(common, place), first);
}

function shared(a: Place, b: Place): Place {
  let [left, right] = [a, b];
  while (left !== right) {
    if (left.depth >= right.depth && left.parent !== undefined) left = left.parent;
    else if (right.parent !== undefined) right = right.parent;
    else break;
  }
  return left;
}
