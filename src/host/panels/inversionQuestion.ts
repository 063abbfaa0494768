import { inversionCommandLine } from "../../core/inversionCommandLine.ts";
import { presetIds } from "../../core/methods/inversion/presets.ts";
import { seedKinds } from "../../core/methods/inversion/seeds.ts";
import { type Check, list, object, optional, text, whole } from "../../core/report/jsonCheck.ts";
import type { Report } from "../../core/report/report.ts";
import type { ComparisonQuestion, InversionQuestion, ModelQuestion } from "../../protocol/view.ts";
import { modelCheck, modelFields } from "./question.ts";

const oneOf =
  (words: readonly unknown[], what: string): Check =>
  (value, at) =>
    words.includes(value) ? undefined : `${at} is no ${what}`;

const check = object({
  models: list(modelCheck, 64),
  probe: optional(text),
  samples: whole,
  preset: oneOf(presetIds, "preset"),
  seedKind: optional(oneOf(seedKinds, "kind of seed")),
  steps: optional(whole),
  controversial: optional(oneOf([true], "yes")),
});

/** Targets where nobody says how many: enough for the gates, and seconds on a processor. */
const samples = 64;

/** Asks of models what each one uses, as it is by default. */
export function newInversion(models: readonly ModelQuestion[], probe?: string): InversionQuestion {
  return { models, ...(probe !== undefined && { probe }), samples, preset: "fast" };
}

/** The same models and probe as a comparison's. Its layers are many, and an inversion's is one. */
export function inversionOf({ models, probe }: ComparisonQuestion): InversionQuestion {
  return newInversion(
    models.map(({ taps: _taps, ...model }) => model),
    probe,
  );
}

/** The same models and probe as an inversion's, layer by layer. */
export function comparisonOf({ models, probe }: InversionQuestion): ComparisonQuestion {
  return {
    models: models.map(({ taps: _taps, ...model }) => model),
    ...(probe !== undefined && { probe }),
    batch: 128,
    estimator: "auto",
    measures: ["all"],
  };
}

/** All that is asked, as a text: the same for the same question. */
export function inversionFields(question: InversionQuestion): string {
  const { models, probe, samples, preset, seedKind, steps, controversial } = question;
  return JSON.stringify([models.map(modelFields), probe, samples, preset, seedKind, steps, controversial]);
}

/** Whether two questions ask the same. */
export function areSameInversions(one: InversionQuestion, other: InversionQuestion): boolean {
  return inversionFields(one) === inversionFields(other);
}

/** Whether a question is one of inversions. */
export function isInversion(question: ComparisonQuestion | InversionQuestion): question is InversionQuestion {
  return "preset" in question;
}

/** The question that a panel left with the editor when it was last open; `undefined` for anything else. */
export function keptInversion(kept: unknown): InversionQuestion | undefined {
  const question = typeof kept === "object" && kept !== null && "question" in kept ? kept.question : undefined;
  if (check(question, "question") !== undefined) return undefined;
  // Every field of the type was looked at above.
  const known = question as InversionQuestion;
  return known.models.length > 0 ? known : undefined;
}

/** What a saved report was asked with, as far as it says. */
export function inversionQuestionOf({ models, probe, inversion }: Report): InversionQuestion {
  return {
    models: models.map(({ path, architecture, weights }, i) => {
      const tap = inversion?.taps[i];
      return {
        path,
        ...(architecture.file !== undefined && { architecture: architecture.file }),
        ...(weights !== undefined && { weights }),
        ...(tap !== undefined && { taps: [tap] }),
      };
    }),
    ...(probe !== undefined && !probe.synthetic && { probe: probe.path }),
    samples: inversion?.pairs.targets.length ?? samples,
    preset: inversion?.preset ?? "fast",
    ...(inversion?.controversial !== undefined && { controversial: true }),
  };
}

/** The question for a terminal of this machine. */
export function inversionCommand(question: InversionQuestion): string {
  return inversionCommandLine(question, process.platform === "win32" ? "powershell" : "posix");
}
