import { Failure } from "../../core/failure.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { selectTaps } from "../../core/graph/tapSelection.ts";
import type { ModelChoice } from "../../protocol/compute.ts";
import type { OpenModel } from "../models/openModel.ts";

/**
 * The layers that are inverted, one tap per model each: those that were named, in that order, and by position from model to
 * model; or what the classifier reads.
 * @throws Failure `inversion/tap-count` where models do not have the same number; `inversion/no-pixels` where a network
 *   does not take numbers that could be changed a little.
 */
export function invertedTaps(
  models: readonly OpenModel[],
  choices: readonly ModelChoice[],
): readonly (readonly Tap[])[] {
  const byModel = models.map((model, i) => tapsOf(model, choices[i]?.taps));
  const counts = byModel.map(({ length }) => length);
  const [layers = 0] = counts;
  const other = counts.findIndex((count) => count !== layers);
  if (other > 0) {
    const [first, second] = [0, other].map((i) => namesOf(byModel[i]!));
    throw new Failure(
      "inversion/tap-count",
      `The first model has ${layers} layers to invert, and this ${counts[other]}.`,
      {
        file: models[other]!.file.path,
        hint: `Layers meet by position: ${first} there, and ${second} here. Name as many with --tap-b.`,
      },
    );
  }
  return Array.from({ length: layers }, (_, layer) => byModel.map((taps) => taps[layer]!));
}

function tapsOf(model: OpenModel, patterns: readonly string[] | undefined): readonly Tap[] {
  if (model.pooling !== undefined || !model.input.dtype?.includes("float")) {
    throw new Failure("inversion/no-pixels", "The network takes ids or whole numbers, which descent cannot change.", {
      file: model.file.path,
      hint: "Networks that take images or other real numbers can be inverted.",
    });
  }
  if (patterns === undefined) return [beforeClassifier(model.taps, model.file.path)];
  // One pattern after the other, so that what was named last is last.
  return [...new Set(patterns.flatMap((pattern) => selectTaps(model.taps, [pattern])))];
}

function beforeClassifier(taps: readonly Tap[], file: string): Tap {
  const classifier = taps.findLastIndex(({ roles }) => roles?.includes("linear"));
  const tap = taps[(classifier > 0 ? classifier : taps.length - 1) - 1] ?? taps.at(-1);
  if (tap) return tap;
  throw new Failure("inversion/no-layer", "The network has no layer that can be read.", { file });
}

function namesOf(taps: readonly Tap[]): string {
  const names = taps.slice(0, 4).map(({ name }) => name);
  return taps.length > names.length ? `${names.join(", ")}, …` : names.join(", ");
}
