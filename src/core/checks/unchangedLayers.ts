import { moduleOf } from "../diff/matchNames.ts";
import type { Finding } from "../report/report.ts";
import type { TensorDifference, WeightDifferences } from "../report/weightDifferences.ts";
import { type CheckedFile, type ScannedTensor, scanned } from "./checkedFile.ts";
import { constantOf } from "./elementScan.ts";
import { listed } from "./listed.ts";

/**
 * Layers that one training step or a thousand left bit for bit as they were, while others changed: they were frozen, or
 * the optimizer does not know them. Layers at the numbers every network begins with (scales of 1, biases of 0) say nothing.
 */
export function unchangedLayers(a: CheckedFile, b: CheckedFile, differences: WeightDifferences): Finding[] {
  const parameters = new Map(
    scanned(a).flatMap((each) => (each.role === "parameter" ? [[each.name, each] as const] : [])),
  );
  const parametersB = new Set(b.tensors.flatMap(({ name, role }) => (role === "parameter" ? [name] : [])));
  const layers = new Map<string, { difference: TensorDifference; tensor: ScannedTensor }[]>();
  for (const difference of differences.tensors) {
    const tensor = parameters.get(difference.name);
    if (!tensor || !parametersB.has(difference.nameB ?? difference.name)) continue;
    const layer = moduleOf(difference.name);
    layers.set(layer, [...(layers.get(layer) ?? []), { difference, tensor }]);
  }
  const unchanged = [...layers].flatMap(([name, parts]) => {
    const isEqual = parts.every(({ difference }) => difference.state === "equal");
    return isEqual && parts.some(({ tensor }) => tellsNetworksApart(tensor)) ? [name] : [];
  });
  const changed = [...layers.values()].filter((parts) =>
    parts.some(({ difference }) => difference.state === "changed"),
  );
  if (unchanged.length === 0 || changed.length === 0) return [];
  const count = unchanged.length + changed.length;
  return [
    {
      code: "check/unchanged-layers",
      severity: "information",
      title: "Layers that are the same in both.",
      evidence: `${unchanged.length} of ${count} layers agree bit for bit, as if frozen, while the others differ: ${listed(unchanged)}.`,
    },
  ];
}

function tellsNetworksApart({ scan }: ScannedTensor): boolean {
  return constantOf(scan) === undefined && scan.count > 1;
}
