import type { CompareParams, EngineChoice } from "../../protocol/compute.ts";
import type { ComparisonQuestion } from "../../protocol/view.ts";

/** A panel's question as the compute process is asked it. */
export function compareRequest(question: ComparisonQuestion, engine: EngineChoice): Omit<CompareParams, "progress"> {
  const { models, probe, samples, batch, estimator, measures } = question;
  return {
    models,
    probe: { ...(probe !== undefined && { path: probe }), ...(samples !== undefined && { samples }) },
    engine,
    batch,
    estimator,
    measures,
    seed: 0,
  };
}
