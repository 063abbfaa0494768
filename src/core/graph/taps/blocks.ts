import type { Node } from "../graph.ts";
import type { Candidate } from "./candidates.ts";
import type { Place } from "./places.ts";
import type { Roles } from "./roles.ts";
import type { Wiring } from "./wiring.ts";

/**
 * Values at which a network's blocks end. Where branches meet (residual networks, Inception, DenseNet, transformers) a block
 * ends at the meeting, after its activation; of several meetings in one numbered module (`layer.0.attention`, `layer.0`)
 * the last counts. A network without branches has stages instead: the activations before its maps shrink, or all of them
 * where there are no maps.
 */
export function blockEnds(
  wiring: Wiring,
  places: ReadonlyMap<Node, Place>,
  candidates: ReadonlyMap<string, Candidate>,
  roles: Roles,
): ReadonlySet<string> {
  const moduleOf = (node: Node) => numberedModule(places.get(node)?.call);
  const meetings = new Map<string, string>();
  for (const { node, value } of candidates.values()) {
    if (!roles.isMeeting(node)) continue;
    const module = moduleOf(node);
    let end = value;
    for (let next = roles.soleReader(end); next; next = roles.soleReader(end)) {
      const output = next.outputs[0] ?? "";
      const belongs =
        roles.isActivation(output) || (isLayerNorm(next) && module !== undefined && moduleOf(next) === module);
      if (!belongs || !candidates.has(output)) break;
      end = output;
    }
    meetings.set(module ?? end, end);
  }
  if (meetings.size > 1) return new Set(meetings.values());
  const stages = [...candidates.values()].filter((candidate) => isStageEnd(candidate, wiring, candidates, roles));
  return new Set(stages.map(({ value }) => value));
}

/** A transformer of the older kind normalises at the end of a block; of the newer, at the beginning of the next. */
function isLayerNorm({ op }: Node): boolean {
  return /^(Simplified)?LayerNormalization$|^RMSNormalization$/.test(op);
}

/** `bert.encoder.layer.0.attention.output` → `bert.encoder.layer.0`; a path without a number stays. */
function numberedModule(call: string | undefined): string | undefined {
  if (call === undefined || call === "") return undefined;
  return /^(.*\d)(?:\.|$)/.exec(call)?.[1] ?? call;
}

function isStageEnd(
  { value, shape }: Candidate,
  wiring: Wiring,
  candidates: ReadonlyMap<string, Candidate>,
  roles: Roles,
): boolean {
  if (!roles.isActivation(value)) return false;
  if (shape.length < 3) return true;
  const space = (sizes: Candidate["shape"]) => sizes.slice(2).reduce<number>((area, size) => area * Number(size), 1);
  return wiring.consumers(value).some((node) => {
    const next = candidates.get(node.outputs[0] ?? "")?.shape;
    return next === undefined || next.length !== shape.length || space(next) <= space(shape) / 2;
  });
}
