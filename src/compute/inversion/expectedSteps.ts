import type { Preset } from "../../core/methods/inversion/presets.ts";

/**
 * Steps that an image takes until it is near enough, on average, with what the search itself costs: about 200 of the
 * published kind with the networks of the sample workspace, and nearly all that it may with those for photographs.
 */
const usual = 200;

/** Steps that an image is expected to take. */
export function expectedSteps({ rule, steps }: Pick<Preset, "rule" | "steps">): number {
  return rule.kind === "gauss-newton" ? Math.min(steps, usual) : steps;
}
