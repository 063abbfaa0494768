import type { Graph } from "../../graph/graph.ts";
import type { FoldingEvidence } from "./foldedPartners.ts";
import type { Modules } from "./modules.ts";
import { leafOf, moduleOf, within } from "./modules.ts";
import type { NameShift } from "./nameShift.ts";
import { layerOperators, type Slot } from "./slots.ts";

/** Which batch norms of a checkpoint a donor still has nodes for, and what its exporter says of the others. */
export function foldingEvidence(
  graph: Graph,
  slots: readonly Slot[],
  modules: Modules,
  shift: NameShift,
): FoldingEvidence {
  const kept = new Set<string>();
  const unfolded = new Set<string>();
  const said = new Map<string, string>();
  const normInputs = new Set(
    graph.nodes.filter(({ op }) => op === "BatchNormalization").map(({ inputs }) => inputs[0]),
  );
  for (const slot of slots) {
    if (slot.node.op === "BatchNormalization") {
      // The running statistics: a fresh network's gains and shifts are equal, and exporters share what is equal.
      if (slot.index === 4) kept.add(batchNormOf(slot, modules, shift));
      continue;
    }
    if (!layerOperators.has(slot.node.op) || slot.leaf !== "weight") continue;
    const layer = layerOf(slot, modules, shift);
    if (layer === undefined) continue;
    if (slot.node.outputs.some((output) => normInputs.has(output))) unfolded.add(layer);
    const batchNorm = slot.batchNorm ?? slot.path;
    const path = batchNorm === undefined ? undefined : shift(batchNorm);
    if (path !== undefined && modules.batchNorms.has(path)) said.set(layer, path);
  }
  return { kept, unfolded, said };
}

/** The module whose weight stands in a slot, by its name or by the exporter's note; `undefined` where neither tells. */
export function layerOf(slot: Slot, modules: Modules, shift: NameShift): string | undefined {
  const name = shift(slot.name);
  const named = name !== undefined && modules.tensors.has(name) ? moduleOf(name) : undefined;
  const noted = slot.path === undefined ? undefined : shift(slot.path);
  // Names outlive the sharing of equal tensors; the note is of the node itself.
  const isLayer = noted !== undefined && !modules.batchNorms.has(noted) && modules.tensors.has(within(noted, "weight"));
  return isLayer ? noted : named;
}

function batchNormOf(slot: Slot, modules: Modules, shift: NameShift): string {
  const noted = slot.path === undefined ? undefined : shift(slot.path);
  if (noted !== undefined && modules.batchNorms.has(noted)) return noted;
  const name = shift(slot.name) ?? slot.name;
  return leafOf(name) === "running_var" ? moduleOf(name) : name;
}
