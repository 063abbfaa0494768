import { Failure } from "../../core/failure.ts";
import { type Pairs, parsePairs, sameClassPairs } from "../../core/methods/inversion/pairs.ts";
import { type Preset, preset } from "../../core/methods/inversion/presets.ts";
import { isNatural } from "../../core/methods/inversion/seeds.ts";
import type { Warning } from "../../core/report/report.ts";
import type { InvertParams } from "../../protocol/compute.ts";
import { jsonText } from "../probe/jsonText.ts";
import type { Probe } from "../probe/probe.ts";

/** The preset with what the request says otherwise. */
export function settingOf({ preset: id, steps, seedKind, repeats, rectifier }: InvertParams): Preset {
  const own = preset(id);
  const kind = seedKind ?? own.seedKind;
  return {
    ...own,
    steps: steps ?? own.steps,
    seedKind: kind,
    // Natural seeds are the same every time.
    repeats: isNatural(kind) || kind === "black" || kind === "white" ? 1 : (repeats ?? own.repeats),
    rectifier: rectifier ?? own.rectifier,
  };
}

/** The pairs of a file. @throws Failure `inversion/pairs` */
export function readPairs(path: string, naturalSeeds: boolean): Pairs {
  const text = jsonText(path, "inversion/pairs");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure("inversion/pairs", `It is no JSON: ${(error as Error).message}.`, { file: path });
  }
  return parsePairs(value, path, naturalSeeds);
}

/** Warnings where seeds should be of another class than their targets, and may not be. */
export function sameClass(pairs: Pairs, { seedKind }: Preset, { labels }: Probe): readonly Warning[] {
  const warn = (code: string, message: string): Warning[] => [{ code: `inversion/${code}`, message, where: "probe" }];
  if (seedKind !== "other-class") return [];
  if (!labels) return warn("labels-unknown", "The probe has no labels: seeds may be of their target's own class.");
  const same = sameClassPairs(pairs, labels);
  return same === 0 ? [] : warn("same-class", `${same} seeds are of their target's own class.`);
}

/** @throws Failure `inversion/pixel-range` where samples are not in [0, 1], which is where descent keeps to. */
export function checkPixels(samples: readonly Float32Array[], probe: Probe): void {
  const [least, most] = samples.reduce(
    ([low, high], sample) => [
      sample.reduce((a, b) => Math.min(a, b), low),
      sample.reduce((a, b) => Math.max(a, b), high),
    ],
    [0, 1],
  );
  if (least >= -0.01 && most <= 1.01) return;
  const range = `${least.toPrecision(3)} to ${most.toPrecision(3)}`;
  throw new Failure("inversion/pixel-range", `The probe's values reach from ${range}; inversion works in [0, 1].`, {
    file: probe.path,
    hint: "Give the probe as it is before normalisation, scaled to [0, 1] (a *.probe.json with a scale), and the normalisation as the model's preprocessing.",
  });
}
