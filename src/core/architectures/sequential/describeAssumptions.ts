import type { Assumption } from "./assumedSequential.ts";
import type { AssumedStep } from "./assumedSteps.ts";
import type { Windows } from "./fitSizes.ts";

const meanings = [
  ["relu", "ReLU"],
  ["maxPool", "2 × 2 max-pooling"],
  ["globalPool", "a mean of each channel"],
  ["flatten", "flattening"],
] as const;

/** Says what was read from the weights of a chain of layers and what was assumed. */
export function describeAssumptions({ steps, windows, isOneOfSeveral }: Assumption, shape: readonly number[]): string {
  const weighted = steps.filter((step) => step.kind === "weighted").length;
  const gaps = meanings.flatMap(([kind, meaning]) => {
    const paths = pathsOf(steps, kind);
    return paths.length === 0 ? [] : [`${meaning} at ${paths.join(", ")}`];
  });
  const chosen = [...groupedWindows(windows)].map(([text, paths]) => `${text} in ${paths.join(", ")}`);
  const assumed = [...gaps, ...chosen];
  const sentences = [`The names are those of an nn.Sequential with ${weighted} layers that have weights.`];
  if (assumed.length > 0) {
    sentences.push(`What has none is assumed: ${assumed.join("; ")}.`);
    if (windows.size > 0) sentences.push(`With that, the layers meet for samples of ${shape.join(" × ")}.`);
  }
  if (isOneOfSeveral) sentences.push("Other strides and paddings would fit as well.");
  return sentences.join(" ");
}

function pathsOf(steps: readonly AssumedStep[], kind: AssumedStep["kind"]): readonly string[] {
  return steps.flatMap((step) =>
    step.kind === kind && step.kind !== "weighted" && step.path !== "" ? [step.path] : [],
  );
}

function groupedWindows(windows: Windows): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [{ path }, { stride, padding }] of windows) {
    const text = `stride ${stride} and padding ${padding}`;
    groups.set(text, [...(groups.get(text) ?? []), path]);
  }
  return groups;
}
