import { overRepeats } from "../../core/methods/inversion/ckaMatrices.ts";
import { cosines } from "../../core/methods/inversion/cosines.ts";
import { inversionFindings } from "../../core/methods/inversion/findings.ts";
import type { Preset } from "../../core/methods/inversion/presets.ts";
import { residualCurve, shareConverged } from "../../core/methods/inversion/residuals.ts";
import { distrust, isTrusted } from "../../core/methods/inversion/trust.ts";
import { jonesMatrix, naturalMatrix } from "../../core/methods/jones.ts";
import { selfStirMatrix, stirMatrix } from "../../core/methods/stir.ts";
import type {
  InversionClasses,
  InversionGrams,
  InversionReport,
  InvertedLayer,
  Matrix,
  Report,
} from "../../core/report/report.ts";
import type { Asked } from "./asked.ts";
import type { Inversion } from "./inverting.ts";
import type { ClassesOn, Measured } from "./measured.ts";
import type { Side } from "./side.ts";

/** What a report says of one layer, and what speaks against it. */
export interface LayerAnswer {
  readonly layer: InvertedLayer;
  readonly findings: Report["findings"];
  readonly warnings: Report["warnings"];
}

/**
 * What is known of one layer.
 * @param measured absent while it is not known: matrices are then undefined, and nothing is found.
 */
export function layerAnswer(asked: Asked, sides: readonly Side[], measured: Measured | undefined): LayerAnswer {
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
  const distrusted = sides.map(({ name, tap, inversions }, i) =>
    measured
      ? distrust({
          name: asked.layers.length > 1 ? `${name} at ${tap.name}` : name,
          residuals: inversions.map((inversion) => inversion.residual),
          selfStir: cka.selfStir.biased[i]?.[i] ?? null,
          agreement: agreement[i]?.[i] ?? null,
          stuck: inversions.filter(({ stuck }) => stuck).length,
        })
      : [],
  );
  const trusted = distrusted.map((warnings) => measured !== undefined && isTrusted(warnings));
  const names = sides.map(({ name }) => name);
  const { natural, jones, stir } = cka;
  return {
    layer: {
      taps: sides.map(({ tap }) => tap.name),
      residual: sides.map(({ inversions }) => overImages(inversions, asked.targets.length)),
      converged: sides.map(({ inversions }) =>
        inversions.length === 0 ? 0 : shareConverged(inversions.map(({ residual }) => residual)),
      ),
      distance: sides.map(({ inversions }) => meanDistance(inversions, asked.seed)),
      agreement,
      trusted,
      cka,
    },
    findings: measured ? inversionFindings({ names, natural, jones, stir, trusted }) : [],
    warnings: distrusted.flat(),
  };
}

/** What a report says of inversions: the last layer in full, and those before it. */
export function inversionBlock(
  { setting, pairs }: Asked,
  sides: readonly Side[],
  layer: InvertedLayer,
  earlier: readonly InvertedLayer[],
): InversionReport {
  const { rule, title, id, steps, seedKind, repeats, rectifier } = setting;
  return {
    preset: id,
    convention: `${title}; ${ruleText(rule)}; from ${seedKind}; ${rectifier === "exact" ? "gradients of the rectifiers themselves" : "the last rectifier passes gradients straight through"}; best iterate per image, pixels in [0, 1]; linear CKA of flattened features`,
    tap: layer.taps[0] ?? "",
    steps,
    seedKind,
    repeats,
    pairs,
    curves: sides.map(({ inversions }) => residualCurve(inversions.map(({ history }) => history))),
    ...layer,
    ...(earlier.length > 0 && { layers: earlier }),
  };
}

/** Classes named for seeds, targets and inversions of the first repeat. */
export function inversionClasses(
  { pairs, probe }: Asked,
  sides: readonly Side[],
  measured: Measured,
): InversionClasses {
  const listed = (classes: Int32Array | undefined) => (classes ? Array.from(classes) : null);
  const { labels, classNames } = probe;
  // A network that knows more classes than the probe has folders numbers them in an order of its own.
  const isShared = sides.every(({ model, targets }) => !targets.classes || model.answer?.width === classNames?.length);
  return {
    ...(classNames && isShared && { names: classNames }),
    ...(labels && { labels: pairs.targets.map((index) => labels[index]!) }),
    seeds: sides.map(({ seedClasses }) => listed(seedClasses)),
    targets: sides.map(({ targets }) => listed(targets.classes)),
    inversions: (measured.classes[0] ?? []).map((named) => named.map(listed)),
  };
}

/** How like the images are to each other, for each model. */
export function inversionGrams({ grams }: Measured): InversionGrams {
  const { targets = [], inverted = [] } = grams[0] ?? {};
  return { natural: targets.map(cosines), inverted: inverted.map((each) => each.map(cosines)) };
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

function agreementOf(sides: readonly Side[], classes: ClassesOn): Matrix {
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
  const { start, memory, longestMove, tolerance } = rule;
  return `${start.steps} steps of ${start.rule.step} with momentum ${start.rule.momentum}, then Gauss–Newton on ${memory} gradients, moves of at most ${longestMove}, until a residual of ${tolerance}`;
}
