import { commandLine } from "../../core/commandLine.ts";
import type { Pooling } from "../../core/graph/tap.ts";
import { type Check, list, object, optional, text, whole } from "../../core/report/jsonCheck.ts";
import type { Report } from "../../core/report/report.ts";
import type { ComparisonQuestion, ModelQuestion } from "../../protocol/view.ts";

const estimators: readonly unknown[] = ["auto", "full", "minibatch"];
const estimator: Check = (value, at) => (estimators.includes(value) ? undefined : `${at} is no estimator`);

const poolings: readonly Pooling[] = ["cls", "mean", "last", "all"];
const pooling: Check = (value, at) =>
  poolings.includes(value as Pooling) ? undefined : `${at} is no way to pool tokens`;

/** A model as a question names it. */
export const modelCheck = object({
  path: text,
  architecture: optional(text),
  weights: optional(text),
  preprocess: optional(text),
  taps: optional(list(text)),
  pool: optional(pooling),
});

const check = object({
  models: list(modelCheck, 64),
  probe: optional(text),
  samples: optional(whole),
  batch: whole,
  estimator,
  measures: list(text, 64),
});

/** The question that a panel left with the editor when it was last open; `undefined` for anything else. */
export function keptQuestion(kept: unknown): ComparisonQuestion | undefined {
  const question = typeof kept === "object" && kept !== null && "question" in kept ? kept.question : undefined;
  if (check(question, "question") !== undefined) return undefined;
  // Every field of the type was looked at above.
  const known = question as ComparisonQuestion;
  return known.models.length >= 2 ? known : undefined;
}

/** What a saved report was asked with, as far as it says. */
export function questionOf(report: Report): ComparisonQuestion {
  const { models, probe } = report;
  const matrices = report.pairs?.[0]?.measures ?? report.measures ?? {};
  const [first] = Object.values(matrices);
  return {
    models: models.map(({ path, architecture, weights, taps }) => {
      const pool = taps.find((tap) => tap.pool !== undefined)?.pool;
      return {
        path,
        ...(architecture.file !== undefined && { architecture: architecture.file }),
        ...(weights !== undefined && { weights }),
        ...(pool !== undefined && { pool }),
      };
    }),
    ...(probe !== undefined && { samples: probe.samples, ...(!probe.synthetic && { probe: probe.path }) }),
    batch: first?.batch ?? 128,
    estimator: first?.estimator ?? "auto",
    measures: Object.keys(matrices),
  };
}

/** As much of a question as there is to all of them. */
type AnyQuestion = Pick<ComparisonQuestion, "models">;

/** Whether two questions compare the same files, in the same order. */
export function haveSameModels<Question extends AnyQuestion>(one: Question, other: Question): boolean {
  return one.models.length === other.models.length && one.models.every(({ path }, i) => path === other.models[i]?.path);
}

/** Whether two questions ask the same. */
export function areSame(one: ComparisonQuestion, other: ComparisonQuestion): boolean {
  return JSON.stringify(fields(one)) === JSON.stringify(fields(other));
}

function fields({ models, probe, samples, batch, estimator, measures }: ComparisonQuestion): unknown {
  return [models.map(modelFields), probe, samples, batch, estimator, measures];
}

/** All that is asked of a model, in an order that does not depend on how the question was made. */
export function modelFields({ path, architecture, weights, preprocess, taps, pool }: ModelQuestion): unknown {
  return [path, architecture, weights, preprocess, taps, pool];
}

/** The question for a terminal of this machine. */
export function terminalCommand(question: ComparisonQuestion): string {
  return commandLine(question, process.platform === "win32" ? "powershell" : "posix");
}
