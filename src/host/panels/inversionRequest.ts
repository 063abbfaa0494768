import type { EngineChoice, InvertParams } from "../../protocol/compute.ts";
import type { InversionQuestion } from "../../protocol/view.ts";

/**
 * A panel's question as the compute process is asked it, with all that the panel shows.
 * @param images absolute path of the folder that takes the pictures; without one, none are made.
 */
export function inversionRequest(
  { models, probe, samples, preset, seedKind, steps, controversial }: InversionQuestion,
  engine: EngineChoice,
  images: string | undefined,
): Omit<InvertParams, "progress"> {
  return {
    models,
    probe: { ...(probe !== undefined && { path: probe }), samples },
    engine,
    preset,
    ...(seedKind !== undefined && { seedKind }),
    ...(steps !== undefined && { steps }),
    seed: 0,
    ...(images !== undefined && { images }),
    maps: true,
    grams: true,
    saliency: true,
    ...(controversial && { controversial }),
  };
}
