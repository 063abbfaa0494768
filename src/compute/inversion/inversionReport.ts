import type { Tap } from "../../core/graph/tap.ts";
import { overRepeats } from "../../core/methods/inversion/ckaMatrices.ts";
import { inversionFindings } from "../../core/methods/inversion/findings.ts";
import type { InvertedGrams } from "../../core/methods/inversion/invertedGrams.ts";
import type { Pairs } from "../../core/methods/inversion/pairs.ts";
import type { Preset } from "../../core/methods/inversion/presets.ts";
import { residualCurve, shareConverged } from "../../core/methods/inversion/residuals.ts";
import { distrust, isTrusted } from "../../core/methods/inversion/trust.ts";
import { jonesMatrix, naturalMatrix } from "../../core/methods/jones.ts";
import { selfStirMatrix, stirMatrix } from "../../core/methods/stir.ts";
import type { InversionReport, Report } from "../../core/report/report.ts";
import type { OpenModel } from "../models/openModel.ts";
import type { Inversion } from "./inverting.ts";
import type { Represented } from "./represent.ts";

/** One model on its way. */
export interface Side {
  readonly model: OpenModel;
  readonly name: string;
  readonly tap: Tap;
  /** Made of the targets. */
  targets: Represented;
  /** Repeats × pairs; as far as they are known. */
  inversions: readonly Inversion[];
}

/** What the models made of the inversions. */
export interface Measured {
  /** By repeat. */
  readonly grams: readonly InvertedGrams[];
  readonly classes: ClassesOn;
}

export interface InversionFacts {
  readonly setting: Preset;
  readonly pairs: Pairs;
  readonly sides: readonly Side[];
  /** Absent while it is not known: matrices are then undefined, and nothing is found. */
  readonly measured: Measured | undefined;
  readonly images: string | undefined;
  seed(position: number): Float32Array;
}

/** What a report says of inversions, as far as they are known: the block, what was found, and what speaks against it. */
export function inversionReport({
  setting,
  pairs: asked,
  sides,
  measured,
  images,
  seed,
}: InversionFacts): Required<Pick<Report, "inversion" | "findings" | "warnings">> {
  const { rule, title, id, steps, seedKind, repeats, rectifier } = setting;
  const pairs = asked.targets.length;
  const empty = sides.map(() => sides.map(() => null));
  const undefinedMatrices = { biased: empty, unbiased: empty };
  const over = (matrixOf: typeof jonesMatrix) =>
    measured ? overRepeats(measured.grams.map(matrixOf)) : undefinedMatrices;
  const cka = {
    natural: measured ? naturalMatrix(measured.grams[0]!) : undefinedMatrices,
    jones: over(jonesMatrix),
    stir: over(stirMatrix),
    selfStir: over(selfStirMatrix),
  };
  const agreement = measured ? agreementOf(sides, measured.classes) : empty;
  const residual = sides.map(({ inversions }) => overImages(inversions, pairs));
  const distrusted = sides.map(({ name, inversions }, i) =>
    measured
      ? distrust({
          name,
          residuals: inversions.map((inversion) => inversion.residual),
          selfStir: cka.selfStir.biased[i]?.[i] ?? null,
          agreement: agreement[i]?.[i] ?? null,
          stuck: inversions.filter(({ stuck }) => stuck).length,
        })
      : [],
  );
  const trusted = distrusted.map((warnings) => measured !== undefined && isTrusted(warnings));
  const names = sides.map(({ name }) => name);
  const inversion: InversionReport = {
    preset: id,
    convention: `${title}; ${ruleText(rule)}; from ${seedKind}; ${rectifier === "exact" ? "gradients of the rectifiers themselves" : "the last rectifier passes gradients straight through"}; best iterate per image, pixels in [0, 1]; linear CKA of flattened features`,
    tap: sides[0]?.tap.name ?? "",
    taps: sides.map(({ tap }) => tap.name),
    steps,
    seedKind,
    repeats,
    pairs: asked,
    residual,
    curves: sides.map(({ inversions }) => residualCurve(inversions.map(({ history }) => history))),
    converged: sides.map(({ inversions }) =>
      inversions.length === 0 ? 0 : shareConverged(inversions.map((each) => each.residual)),
    ),
    distance: sides.map(({ inversions }) => meanDistance(inversions, seed)),
    agreement,
    trusted,
    cka,
    ...(images !== undefined && measured && { images }),
  };
  return {
    inversion,
    findings: measured
      ? inversionFindings({ names, natural: cka.natural, jones: cka.jones, stir: cka.stir, trusted })
      : [],
    warnings: distrusted.flat(),
  };
}

function meanDistance(inversions: readonly Inversion[], seedOf: (position: number) => Float32Array): number {
  let sum = 0;
  for (const [position, { pixels }] of inversions.entries()) {
    const seed = seedOf(position);
    let squares = 0;
    for (let i = 0; i < pixels.length; i++) {
      squares += (pixels[i]! - Math.min(1, Math.max(0, seed[i]!))) ** 2;
    }
    sum += Math.sqrt(squares);
  }
  return inversions.length === 0 ? 0 : sum / inversions.length;
}

/** Classes named, by repeat, inverting model and naming model. */
export type ClassesOn = readonly (readonly (readonly (Int32Array | undefined)[])[])[];

function agreementOf(sides: readonly Side[], classes: ClassesOn): readonly (readonly (number | null)[])[] {
  return sides.map((_, i) =>
    sides.map(({ targets }, j) => {
      let [same, all] = [0, 0];
      for (const repeat of classes) {
        const named = repeat[i]?.[j];
        if (!named || !targets.classes) return null;
        for (const [k, name] of named.entries()) if (name === targets.classes[k]) same++;
        all += named.length;
      }
      return same / all;
    }),
  );
}

/** Mean residual of each image over its repeats. */
function overImages(inversions: readonly Inversion[], pairs: number): readonly number[] {
  if (inversions.length === 0) return [];
  const repeats = inversions.length / pairs;
  return Array.from({ length: pairs }, (_, pair) => {
    let sum = 0;
    for (let r = 0; r < repeats; r++) sum += inversions[r * pairs + pair]!.residual;
    return sum / repeats;
  });
}

function ruleText(rule: Preset["rule"]): string {
  if (rule.kind === "momentum") return `step ${rule.step}, momentum ${rule.momentum}, unit gradients`;
  return `L-BFGS with ${rule.memory} pairs, moves of at most ${rule.longestMove}, until a residual of ${rule.tolerance}`;
}
