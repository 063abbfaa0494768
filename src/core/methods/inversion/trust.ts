import { measureValue, percent } from "../../report/format.ts";
import type { Warning } from "../../report/report.ts";
import { convergedBelow, median, shareConverged } from "./residuals.ts";

/**
 * When numbers from inversions mean something: STIR of a pair was seen to rise from 0.81 to 0.94 only because descent went
 * on. Below any of these gates a row is shown, and said not to be trusted.
 */
export const gates = { converged: 0.9, selfStir: 0.95, agreement: 0.9, images: 32 } as const;

/** What one model's inversions are judged by. */
export interface Inverting {
  readonly name: string;
  readonly residuals: ArrayLike<number>;
  /** CKA of the model's own representations of targets and inversions; `null` where it is undefined. */
  readonly selfStir: number | null;
  /** Share of images of which the model says of target and inversion the same class; `null` where it names none. */
  readonly agreement: number | null;
  /** Images of which the gradient vanished. */
  readonly stuck: number;
}

/** Why a row is not to be trusted, as warnings; none where it is. */
export function distrust({ name, residuals, selfStir, agreement, stuck }: Inverting): readonly Warning[] {
  const warn = (code: string, message: string): Warning => ({ code: `inversion/${code}`, message, where: name });
  const warnings: Warning[] = [];
  const converged = shareConverged(residuals);
  const advice = "Take more steps, another preset or another layer before reading anything into its row.";
  if (!(converged >= gates.converged)) {
    const typical = median(residuals).toPrecision(2);
    const message = `Only ${percent(converged)} of the inversions came within a residual of ${convergedBelow} (median ${typical}; ${percent(gates.converged)} are asked for). ${advice}`;
    warnings.push(warn("not-converged", message));
  }
  if (!((selfStir ?? 0) >= gates.selfStir)) {
    const message = `Targets and inversions are not the same to the network itself: self-STIR is ${measureValue(selfStir)}, and ${gates.selfStir} is asked for. ${advice}`;
    warnings.push(warn("self-stir", message));
  }
  if (agreement !== null && !(agreement >= gates.agreement)) {
    const message = `The network names the same class for target and inversion in ${percent(agreement)} of the images only. ${advice}`;
    warnings.push(warn("disagrees", message));
  }
  if (stuck > 0) {
    const message = `In ${stuck} images the gradient vanished, as behind dead units; they stay where they were then. Seeds of another kind may lead on.`;
    warnings.push(warn("no-gradient", message));
  }
  return warnings;
}

/** Whether warnings speak against a row. */
export function isTrusted(warnings: readonly Warning[]): boolean {
  return warnings.every(({ code }) => code === "inversion/no-gradient");
}

/** A warning where there are few images. */
export function tooFewImages(images: number): readonly Warning[] {
  if (images >= gates.images) return [];
  const message = `${images} images are few: the numbers move by a tenth and more with the choice of images.`;
  return [{ code: "inversion/few-images", message, where: "probe" }];
}
