import type { Node } from "../graph.ts";
import { isInventedName } from "./evidence.ts";
import type { Place } from "./places.ts";
import type { Wiring } from "./wiring.ts";

const foldable: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm"]);

/**
 * Module path of the batch norm that the exporter folded into a layer, where there is evidence: the exporter's own note,
 * or weights and bias that both have invented names, which is what PyTorch's TorchScript exporter leaves of
 * `bn(conv(x))`. Its name then follows from that of the layer: `conv1` → `bn1`, `conv` → `bn`, and the next in a
 * `Sequential`.
 *
 * @param modules paths of the modules that are still in the graph: none of them was folded away.
 */
export function foldedInto(
  node: Node,
  place: Place | undefined,
  wiring: Wiring,
  modules: ReadonlySet<string>,
): readonly string[] {
  if (!place || place.path === "" || !foldable.has(node.op)) return [];
  if (place.batchNorm !== undefined) return [place.batchNorm];
  const [, weights = "", bias = ""] = node.inputs;
  const isAnonymous = [weights, bias].every((name) => isInventedName(name) && wiring.isConstant(name));
  const partner = isAnonymous ? partnerOf(place.path, modules) : undefined;
  return partner === undefined ? [] : [partner];
}

/** The name that goes with a layer's by convention, of a module that is not in the graph any more. */
function partnerOf(path: string, modules: ReadonlySet<string>): string | undefined {
  const dot = path.lastIndexOf(".") + 1;
  const [parent, name] = [path.slice(0, dot), path.slice(dot)];
  const isGone = (candidate: string) => !modules.has(`${parent}${candidate}`);
  if (/^\d+$/.test(name)) {
    const next = String(Number(name) + 1);
    return isGone(next) ? `${parent}${next}` : undefined;
  }
  const [, count] = /^conv(\d*)$/.exec(name) ?? [];
  if (count === undefined) return undefined;
  // DenseNets call them `norm`, and begin each layer with one that cannot be folded: `norm2` follows `conv1`.
  const style = [...modules].some((module) => /(?:^|\.)norm\d*$/.test(module)) ? "norm" : "bn";
  const counts = count === "" ? [""] : [count, String(Number(count) + 1)];
  const candidates = counts.map((number) => `${style}${number}`);
  const gone = candidates.find(isGone);
  return gone === undefined ? undefined : `${parent}${gone}`;
}
