/** A report in a terminal: the verdict first, then the picture, then what the numbers rest on. */
import { diffSections } from "./diffSummary.ts";
import { count, duration, measureValue, memory, percent, plural, shape, shortDigest } from "./format.ts";
import { formatName } from "./formatNames.ts";
import { inversionSections } from "./inversionSummary.ts";
import { type ComparedPair, comparedPairs, leadingMeasure, modelNames } from "./pairs.ts";
import type { Finding, MeasureMatrix, ModelReport, PreprocessingReport, Report, TapReport } from "./report.ts";
import { measureTitle } from "./scale.ts";
import { alarm, bold, columns, dim, plain, type Terminal, wrap } from "./terminal.ts";
import { terminalHeatmap } from "./terminalHeatmap.ts";
import { pairVerdict, verdict } from "./verdict.ts";

const mostTaps = 40;
const mostTensors = 24;

/** The summary as lines that fit `width` columns, each but the last ended by `\n`. */
export function reportSummary(report: Report, terminal: Terminal): string {
  const sections = [
    ...bodies[report.kind](report, terminal),
    ...report.findings.map((finding) => findingLines(finding, report, terminal)),
    report.warnings.flatMap(({ code, message, where }) =>
      wrap(plain(`! ${message} [${code}${where === "" ? "" : `, ${where}`}]`), terminal.width).map((line) =>
        alarm(terminal, line),
      ),
    ),
    wrap(origin(report), terminal.width).map((line) => dim(terminal, line)),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

const bodies: Record<Report["kind"], (report: Report, terminal: Terminal) => string[][]> = {
  comparison: (report, terminal) => {
    const pairs = comparedPairs(report);
    if (pairs.length === 1) return pairSections(pairs[0]!, terminal, verdict(report));
    return [
      wrap(verdict(report).join(" "), terminal.width).map((line) => bold(terminal, line)),
      modelMatrix(report, terminal),
      ...pairs.flatMap((pair) => pairSections(pair, terminal, pairVerdict(report, pair))),
    ];
  },
  inversion: (report, terminal) => inversionSections(report, terminal),
  measure: (report, terminal) =>
    comparedPairs(report).map((pair) => [
      title(pair, terminal),
      ...columns([...pair.measures].map(([id, m]) => [id, measureValue(m.values[0]?.[0], 8), m.convention])),
    ]),
  inspect: (report, terminal) => report.models.map((model) => modelLines(model, terminal)),
  run: (report, terminal) =>
    report.models.map((model) => [...heading(model, terminal), "", ...tapLines(model.taps, model.taps.length)]),
  check: (report, terminal) => [
    ...report.models.map((model) => weightsHeading(model, terminal)),
    report.findings.length > 0 ? [] : ["Nothing to find fault with."],
  ],
  diff: (report, terminal) => diffSections(report, terminal, (lines) => shortened(lines, mostTaps)),
};

/** What was found in one line, and under it what it was seen by; with the file's name where there are several. */
function findingLines({ severity, title, evidence, where }: Finding, { models }: Report, terminal: Terminal): string[] {
  const names = modelNames(models.map(({ path }) => path));
  const name = models.length > 1 ? names[models.findIndex(({ path }) => path === where)] : undefined;
  const lead = name === undefined ? title : `${name}: ${title}`;
  return [
    ...wrap(plain(`${severity}: ${lead}`), terminal.width).map((line) => bold(terminal, line)),
    ...wrap(plain(evidence), terminal.width, "  "),
  ];
}

function pairSections(pair: ComparedPair, terminal: Terminal, sentences: readonly string[]): string[][] {
  const leading = leadingMeasure(pair);
  return [
    [title(pair, terminal), ...wrap(plain(sentences.join(" ")), terminal.width).map((line) => bold(terminal, line))],
    ...(leading === undefined ? [] : [picture(pair, leading[0], terminal)]),
    [...pair.measures].flatMap(([id, matrix]) => conventionLines(id, matrix, terminal)),
    outputLines(pair, terminal),
  ];
}

function picture(pair: ComparedPair, id: string, terminal: Terminal): string[] {
  const matrix = pair.measures.get(id);
  return matrix === undefined ? [] : [measureTitle(id), ...terminalHeatmap(pair, id, matrix, terminal)];
}

function title(pair: ComparedPair, terminal: Terminal): string {
  return dim(terminal, plain(`A ${pair.nameA}  ×  B ${pair.nameB}`));
}

function conventionLines(id: string, matrix: MeasureMatrix, terminal: Terminal): string[] {
  const batch = matrix.batch === undefined ? "" : ` of ${matrix.batch}`;
  const text = `${measureTitle(id)} (n ${matrix.samples}, ${matrix.estimator}${batch}): ${plain(matrix.convention)}`;
  return wrap(text, terminal.width).map((line) => dim(terminal, line));
}

function outputLines({ outputs }: ComparedPair, terminal: Terminal): string[] {
  if (outputs === undefined) return [];
  const { jensenShannonBits, relativeDifference, samples, what } = outputs;
  const facts = [
    jensenShannonBits === null ? "" : `Jensen–Shannon ${measureValue(jensenShannonBits, 3)} bits`,
    relativeDifference === null ? "" : `relative difference ${percent(relativeDifference, 1)}`,
  ].filter((fact) => fact !== "");
  if (facts.length === 0) return [];
  const text = `Outputs (n ${samples}): ${facts.join(", ")}. ${plain(what)}`;
  return wrap(text, terminal.width).map((line) => dim(terminal, line));
}

function modelMatrix({ matrix }: Report, terminal: Terminal): string[] {
  if (matrix === undefined) return [];
  const rows = matrix.rows.map((name, r) => [
    `${r + 1} ${plain(name)}`,
    ...matrix.columns.map((_, c) => measureValue(matrix.values[r]?.[c]).padStart(6)),
  ]);
  const head = ["", ...matrix.columns.map((_, c) => String(c + 1).padStart(6))];
  return [dim(terminal, `${measureTitle(matrix.measure)}: ${matrix.convention}`), ...columns([head, ...rows])];
}

function modelLines(model: ModelReport, terminal: Terminal): string[] {
  const tensors = model.tensors ?? [];
  return [
    ...heading(model, terminal),
    ...(model.inputs ?? []).map((i) => `Input  ${plain(i.name)}  ${i.dtype}  ${plain(shape(i.shape))}`),
    ...Object.entries(model.facts ?? {}).map(([key, value]) => dim(terminal, plain(`${key}: ${value}`))),
    ...(model.taps.length === 0 ? [] : ["", plural(model.taps.length, "tap"), ...tapLines(model.taps, mostTaps)]),
    ...(tensors.length === 0 ? [] : ["", plural(tensors.length, "tensor")]),
    ...shortened(
      columns(tensors.map(({ name, dtype, shape: sizes }) => [`  ${plain(name)}`, dtype, plain(shape(sizes))])),
      mostTensors,
    ),
  ];
}

/** Of a checkpoint whose weights were looked at, whatever network they are of. */
function weightsHeading({ path, format, parameters }: ModelReport, terminal: Terminal): string[] {
  return [
    bold(terminal, plain(path)),
    ...wrap(plain(`${formatName(format)} · ${count(parameters)} parameters`), terminal.width),
  ];
}

function heading(model: ModelReport, terminal: Terminal): string[] {
  const { name, source, evidence } = model.architecture;
  const architecture = source === "none" ? "no architecture" : `${name || "architecture"} (${source}: ${evidence})`;
  const { weights = "main", weightSets = [] } = model;
  const sets = weightSets.length === 0 ? "" : ` · weights ${weights} of ${["main", ...weightSets].join(", ")}`;
  return [
    bold(terminal, plain(model.path)),
    ...wrap(
      plain(`${formatName(model.format)} · ${architecture} · ${count(model.parameters)} parameters${sets}`),
      terminal.width,
    ),
  ];
}

function tapLines(taps: readonly TapReport[], most: number): string[] {
  const lines = columns(
    taps.map(({ name, op, shape: sizes, width, folded }) => [
      `  ${plain(name)}`,
      plain(op),
      shape(sizes),
      count(width),
      folded.length === 0 ? "" : plain(`with ${folded.join(", ")} folded in`),
    ]),
    new Set([3]),
  );
  return shortened(lines, most);
}

/** The first and last lines of a long list, and how many are left out between them. */
function shortened(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  const tail = Math.floor(most / 4);
  const head = most - tail;
  return [...lines.slice(0, head), `  … ${count(lines.length - most)} more, all in --json …`, ...lines.slice(-tail)];
}

function origin(report: Report): string {
  const names = modelNames(report.models.map((model) => model.path));
  const { probe } = report;
  const facts = [
    ...(probe === undefined
      ? []
      : [
          `probe ${probe.synthetic ? "synthetic" : plain(probe.path)} ${shortDigest(probe.digest)} (n ${probe.samples})`,
        ]),
    ...report.models.map(({ digest, preprocessing }, i) =>
      plain(`${names[i]} ${shortDigest(digest)} ${preprocessingText(preprocessing)}`.trimEnd()),
    ),
    report.provider === "none" ? "" : `${report.provider}${report.engine === undefined ? "" : ` (${report.engine})`}`,
    probe === undefined ? "" : plural(report.forwardPasses, "forward pass", "forward passes"),
    duration(report.seconds.total),
    memory(report.peakMemoryMB),
    `seed ${report.seed}`,
    `likeness ${report.version}`,
  ];
  return facts.filter((fact) => fact !== "").join(" · ");
}

/** `mean 0.49, 0.48, 0.45 std 0.25, 0.24, 0.26 (likeness.json)`; empty where nothing is done. */
export function preprocessingText({ mean, std, source }: PreprocessingReport): string {
  if (source === "none") return "";
  const list = (values: readonly number[]) => values.map((value) => Number(value.toFixed(4))).join(", ");
  return `mean ${list(mean)} std ${list(std)} (${source})`;
}
