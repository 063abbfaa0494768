import type { Preset } from "../../core/methods/inversion/presets.ts";

/**
 * Steps that an image takes until it is near enough, on average: 58 and 64 were seen with two small convolutional networks
 * of the sample workspace. What does not come near goes on to the end.
 */
const usual = 64;

/** Steps that an image is expected to take. */
export function expectedSteps({ rule, steps }: Pick<Preset, "rule" | "steps">): number {
  return rule.kind === "quasi-newton" ? Math.min(steps, usual) : steps;
}
