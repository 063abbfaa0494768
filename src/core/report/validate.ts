/**
 * A file that says it is a report, looked at before anything is drawn from it: every field that a view reads has its
 * type, matrices have the shape of their axes, indices point at models, sizes have bounds. What a report has besides is
 * let through, as `media/schema/report.schema.json` does.
 */
import { Failure } from "../failure.ts";
import { inversion, inversionProblem } from "./inversionCheck.ts";
import {
  anyOf,
  type Check,
  finite,
  limits,
  list,
  matrixOf,
  nullable,
  object,
  oneWord,
  optional,
  record,
  refuse,
  text,
  truth,
  whole,
} from "./jsonCheck.ts";
import { type Report, reportSchema } from "./report.ts";

/**
 * The report that a JSON text holds.
 *
 * @throws Failure `report/not-json`, `report/not-a-report`, `report/other-version`, `report/damaged` (naming the place)
 */
export function parseReport(json: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Failure("report/not-json", `This is not JSON: ${(error as Error).message}.`, {
      hint: "A report is what `likeness compare … --json FILE` writes, or Export → JSON. Perhaps it was written only in part.",
    });
  }
  return validReport(value);
}

/**
 * The value itself, once it is known to be a report.
 *
 * @throws Failure `report/not-a-report`, `report/other-version`, `report/damaged` (naming the place)
 */
export function validReport(value: unknown): Report {
  const schema = typeof value === "object" && value !== null && "schema" in value ? value.schema : undefined;
  if (typeof schema !== "string" || !schema.startsWith("likeness/report@")) {
    throw new Failure(
      "report/not-a-report",
      "This JSON is no report of Likeness: its `schema` is not `likeness/report@…`.",
      {
        hint: "Open it as text, or compare the checkpoints again.",
      },
    );
  }
  if (schema !== reportSchema) {
    throw new Failure(
      "report/other-version",
      `This report is written in ${schema.slice(0, 40)}, and ${reportSchema} is read here.`,
      {
        hint: "Update Likeness, or write the report again with this version.",
      },
    );
  }
  const problem = report(value, "report");
  if (problem !== undefined) {
    throw new Failure("report/damaged", `The report is damaged: ${problem}.`, {
      hint: "Write it again, or undo what was changed in it by hand.",
    });
  }
  // Every field of the type was looked at above.
  return value as Report;
}

const texts = list(text);
const sizes = list(anyOf("a size", text, finite));
const numbers = list(finite);
const accuracy: Check = (value, at) =>
  Array.isArray(value) && value.length === 2
    ? list(nullable(finite))(value, at)
    : refuse(at, "is not a pair of numbers");

const outputs = object({
  kind: oneWord("classes", "values"),
  what: text,
  samples: whole,
  disagreement: nullable(finite),
  jensenShannonBits: nullable(finite),
  accuracy,
  relativeDifference: nullable(finite),
});

const tap = object({
  name: text,
  op: text,
  shape: sizes,
  width: finite,
  folded: texts,
  pool: optional(oneWord("cls", "mean", "last")),
});

const model = object({
  path: text,
  format: text,
  digest: text,
  architecture: object({
    source: oneWord("file", "donor", "family", "config", "none"),
    name: text,
    evidence: text,
    file: optional(text),
  }),
  weights: optional(text),
  weightSets: optional(texts),
  parameters: finite,
  taps: list(tap),
  preprocessing: object({ mean: numbers, std: numbers, source: text, evidence: optional(text) }),
  tensors: optional(list(object({ name: text, dtype: text, shape: list(nullable(anyOf("a size", text, finite))) }))),
  inputs: optional(list(object({ name: text, dtype: text, shape: list(nullable(anyOf("a size", text, finite))) }))),
  facts: optional(record(text)),
});

const axes = object({ rows: texts, columns: texts, convention: text });

const measureFields = object({
  estimator: oneWord("full", "minibatch"),
  batch: optional(whole),
  kind: oneWord("similarity", "distance"),
  range: text,
  samples: whole,
});

const measureMatrix: Check = (value, at) =>
  measureFields(value, at) ?? shapedMatrices(value, at, ["values"], ["low", "high"]);

const modelMatrix: Check = (value, at) =>
  object({ measure: text })(value, at) ?? shapedMatrices(value, at, ["values"], []);

const measures = record(measureMatrix);

const figures = { relative: nullable(finite), cosine: nullable(finite), largest: nullable(finite) };
const storedAs = optional(object({ dtype: text, shape: numbers }));

const weights = object({
  prefixes: texts,
  tensors: list(
    object({
      name: text,
      nameB: optional(text),
      state: oneWord("equal", "rounded", "changed", "shape", "unread", "only-a", "only-b"),
      a: storedAs,
      b: storedAs,
      reason: optional(text),
      elements: optional(whole),
      differing: optional(whole),
      relative: optional(figures.relative),
      cosine: optional(figures.cosine),
      largest: optional(figures.largest),
    }),
  ),
  modules: list(
    object({
      name: text,
      tensors: whole,
      equal: whole,
      changed: whole,
      unmatched: whole,
      elements: whole,
      differing: whole,
      ...figures,
    }),
  ),
  total: object({ elements: whole, differing: whole, ...figures }),
});

const fields = object({
  kind: oneWord("comparison", "inversion", "run", "inspect", "measure", "check", "diff"),
  version: text,
  created: text,
  seed: finite,
  provider: text,
  engine: optional(text),
  seconds: object({ total: finite, forward: finite, measures: optional(finite) }),
  peakMemoryMB: finite,
  models: list(model, limits.models),
  probe: optional(
    object({ path: text, digest: text, samples: whole, labels: truth, synthetic: truth, shape: numbers }),
  ),
  forwardPasses: finite,
  measures: optional(measures),
  outputs: optional(outputs),
  pairs: optional(list(object({ a: whole, b: whole, measures, outputs: optional(outputs) }), limits.models ** 2)),
  matrix: optional(modelMatrix),
  inversion: optional(inversion),
  weights: optional(weights),
  findings: list(
    object({
      code: text,
      severity: oneWord("information", "warning", "error"),
      title: text,
      evidence: text,
      where: optional(text),
    }),
  ),
  warnings: list(object({ code: text, message: text, where: text })),
});

const report: Check = (value, at) => {
  const problem = fields(value, at);
  if (problem !== undefined) return problem;
  const { models, pairs, matrix, inversion: inverted } = value as Report;
  for (const [i, { a, b }] of (pairs ?? []).entries()) {
    if (a >= models.length || b >= models.length) return refuse(`${at}.pairs[${i}]`, "names a model that is not there");
  }
  if (matrix !== undefined && (matrix.rows.length !== models.length || matrix.columns.length !== models.length)) {
    return refuse(`${at}.matrix`, "does not have one row and one column per model");
  }
  if (inverted !== undefined) return inversionProblem(inverted, models.length, `${at}.inversion`);
  return undefined;
};

/** Matrices of one row per `rows` and one number or null per `columns`. */
function shapedMatrices(
  value: unknown,
  at: string,
  required: readonly string[],
  perhaps: readonly string[],
): string | undefined {
  const problem = axes(value, at);
  if (problem !== undefined) return problem;
  const { rows, columns, ...rest } = value as { rows: string[]; columns: string[] } & Record<string, unknown>;
  if (rows.length * columns.length > limits.cells) return refuse(at, "has too many cells");
  for (const name of [...required, ...perhaps]) {
    const matrix = rest[name];
    if (matrix === undefined && perhaps.includes(name)) continue;
    const wrong = matrixOf(rows.length, columns.length)(matrix, `${at}.${name}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
