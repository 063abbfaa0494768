import type { InversionReport, InvertedLayer, Report, Warning } from "../../core/report/report.ts";
import type { InvertParams } from "../../protocol/compute.ts";
import { type Asked, withAsked } from "../inversion/asked.ts";
import { controversial } from "../inversion/controversial.ts";
import {
  inversionBlock,
  inversionClasses,
  inversionGrams,
  type LayerAnswer,
  layerAnswer,
} from "../inversion/inversionReport.ts";
import { inversionKey, invertSide } from "../inversion/invertSide.ts";
import { layerMaps } from "../inversion/layerMaps.ts";
import { type Measured, measured } from "../inversion/measured.ts";
import { writePictures } from "../inversion/pictures.ts";
import { saliency } from "../inversion/saliency.ts";
import { type Side, sidesAt } from "../inversion/side.ts";
import { forget } from "../inversion/storedInversions.ts";
import type { Workplace } from "../inversion/workplace.ts";
import type { Job } from "../job.ts";
import { modelReport } from "../models/openModel.ts";
import { probeReport } from "../probe/probeReport.ts";
import type { StoreKey } from "../store/storeKey.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * Inverts layers of each model, one after the other, compares the models on natural and on inverted images, and says how
 * far that can be trusted. All models get the same seeds and targets.
 * @throws Failure of pairs, taps and gradients; of the models and the probe.
 */
export async function invert(params: InvertParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("inversion", params.seed);
  return withAsked(params, frame, job, answer);
}

async function answer(asked: Asked, place: Workplace): Promise<Report> {
  const earlier: InvertedLayer[] = [];
  const keys: StoreKey[] = [];
  for (const [position, layer] of asked.layers.entries()) {
    const sides = await sidesAt(layer, asked, place);
    keys.push(...sides.map((side) => inversionKey(side, asked, place)));
    for (const [i, side] of sides.entries()) {
      await invertSide(side, i, asked, place);
      if (i + 1 < sides.length) tellPartial(asked, sides, earlier, place);
    }
    place.job.report({ phase: "Measuring" });
    const found = await measured(sides, asked, place);
    place.job.signal.throwIfAborted();
    const known = await place.frame.measures(async () => layerAnswer(asked, sides, found));
    place.warnings.push(...known.warnings);
    if (position + 1 === asked.layers.length) {
      const block = {
        ...inversionBlock(asked, sides, known.layer, earlier),
        ...(await besides(asked, sides, found, place)),
      };
      place.job.signal.throwIfAborted();
      forget(keys);
      return report(asked, sides, block, known.findings, place);
    }
    earlier.push(known.layer);
  }
  throw new RangeError("no layers");
}

/** What is told of the last layer beyond its numbers. */
async function besides(
  asked: Asked,
  sides: readonly Side[],
  found: Measured,
  place: Workplace,
): Promise<Partial<InversionReport>> {
  const { images, grams, maps, saliency: gradients, controversial: disputed } = asked.params;
  return {
    classes: inversionClasses(asked, sides, found),
    ...(grams && { grams: await place.frame.measures(async () => inversionGrams(found)) }),
    ...(maps && { maps: await layerMaps(asked, sides, place) }),
    ...(gradients && { saliency: await saliency(asked, sides, place) }),
    ...(disputed && { controversial: await controversial(asked, sides, place) }),
    ...(images !== undefined && { images, pictures: await writePictures(images, asked, sides) }),
  };
}

function tellPartial(asked: Asked, sides: readonly Side[], earlier: readonly InvertedLayer[], place: Workplace): void {
  const { layer } = layerAnswer(asked, sides, undefined);
  const partial = report(asked, sides, inversionBlock(asked, sides, layer, earlier), [], place);
  place.job.report({ phase: "Inverting", partial });
}

function report(
  { probe }: Asked,
  sides: readonly Side[],
  inversion: InversionReport,
  findings: LayerAnswer["findings"],
  { frame, backend, passes, warnings }: Workplace,
): Report {
  return frame.report({
    provider: backend.provider,
    engine: backend.engine,
    models: sides.map(({ model, tap }) => modelReport({ ...model, chosenTaps: [tap] })),
    probe: probeReport(probe),
    forwardPasses: passes,
    inversion,
    findings,
    warnings: [...warnings] satisfies Warning[],
  });
}
