import { Failure } from "../failure.ts";
import { biasedLinearCka, unbiasedLinearCka } from "./linearCka.ts";
import type { Measure } from "./measure.ts";

/** Every measure, the default first. */
const measures: readonly Measure[] = [unbiasedLinearCka, biasedLinearCka];

/** The ids of all measures, the default first. */
export const measureIds: readonly string[] = measures.map((measure) => measure.id);

/**
 * The measures of these ids, each once; `["all"]` is every one.
 * @throws Failure `measure/unknown` naming the measures there are.
 */
export function resolveMeasures(ids: readonly string[]): readonly Measure[] {
  if (ids.includes("all")) return measures;
  return [...new Set(ids)].map((id) => {
    const found = measures.find((measure) => measure.id === id);
    if (found !== undefined) return found;
    throw new Failure("measure/unknown", `There is no measure "${id}".`, {
      hint: `Known: all, ${measureIds.join(", ")}.`,
    });
  });
}
