import type { PreprocessingReport, Warning } from "../report/report.ts";

/** Pixels in [0, 1] and normalised ones stay far below this; bytes that nobody scaled do not. */
const suspicious = 16;

/**
 * What looks wrong about a batch as a model is about to see it: numbers that are none, or bytes 0 … 255 that neither the
 * probe's scale nor the model's preprocessing brought into a usual range.
 * @param prepared the batch after preprocessing
 * @param where the model, for the message
 */
export function inputWarnings(prepared: Float32Array, preprocessing: PreprocessingReport, where: string): Warning[] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of prepared) {
    if (!Number.isFinite(value)) {
      return [
        { code: "probe/not-finite", message: "The probe holds infinities or values that are no numbers.", where },
      ];
    }
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (preprocessing.source !== "none" || least < 0 || most <= suspicious || most > 255) return [];
  const message = `The model sees values from ${least} to ${most}, which look like bytes, and no preprocessing is known. If it was trained on values in [0, 1], give the probe a scale of 1/255.`;
  return [{ code: "preprocess/unscaled", message, where }];
}
