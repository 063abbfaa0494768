import type { Node } from "../graph.ts";
import { type Candidate, isTransparent } from "./candidates.ts";
import { type Place, pathsAround } from "./places.ts";
import type { Wiring } from "./wiring.ts";

/**
 * The values that a forward hook on a module would see: of each call of a module, the one value that leaves it, where the
 * module itself and none of its children makes it.
 *
 * @returns names of those values.
 */
export function ownOutputs(
  wiring: Wiring,
  places: ReadonlyMap<Node, Place>,
  candidates: ReadonlyMap<string, Candidate>,
  dependent: ReadonlySet<string>,
): ReadonlySet<string> {
  const leaving = new Map<string, string[]>();
  for (const [node, { call }] of places) {
    for (const value of node.outputs) {
      if (!dependent.has(value)) continue;
      for (const module of [...pathsAround(call), call]) {
        if (module === "" || !leaves(value, module, wiring, places)) continue;
        const known = leaving.get(module);
        if (known) known.push(value);
        else leaving.set(module, [value]);
      }
    }
  }
  const own = new Set<string>();
  for (const [module, values] of leaving) {
    const value = values.length === 1 ? behindTransparent(values[0]!, wiring, candidates) : undefined;
    const maker = value === undefined ? undefined : candidates.get(value)?.node;
    if (value !== undefined && maker && places.get(maker)?.call === module) own.add(value);
  }
  return own;
}

/** Whether a value made inside a module is read outside it. */
function leaves(value: string, module: string, wiring: Wiring, places: ReadonlyMap<Node, Place>): boolean {
  if (wiring.isOutput(value)) return true;
  return wiring.consumers(value).some((node) => {
    const call = places.get(node)?.call;
    return call !== module && call?.startsWith(`${module}.`) !== true;
  });
}

/** The candidate that a value repeats: itself, or what a chain of casts and changes of shape began with. */
function behindTransparent(value: string, wiring: Wiring, candidates: ReadonlyMap<string, Candidate>) {
  let name = value;
  for (let node = wiring.producer(name); node && !candidates.has(name) && isTransparent(node); ) {
    name = node.inputs[0] ?? "";
    node = wiring.producer(name);
  }
  return name;
}
