/** Inversions in a terminal: the matrices side by side, and how far each row is to be trusted. */
import { measureValue, percent, plural } from "./format.ts";
import { modelNames } from "./pairs.ts";
import type { InversionMatrices, Report } from "./report.ts";
import { bold, columns, dim, plain, type Terminal, wrap } from "./terminal.ts";

/** Sections of lines; empty where the report holds no inversion. */
export function inversionSections(report: Report, terminal: Terminal): string[][] {
  const { inversion, models } = report;
  if (inversion === undefined) return [];
  const names = modelNames(models.map(({ path }) => path));
  const { cka, converged, residual, agreement, trusted, distance } = inversion;
  const tables: readonly (readonly [title: string, matrices: InversionMatrices])[] = [
    ["On natural images", cka.natural],
    ["On images inverted by the row's model (Jones)", cka.jones],
    ["Invariances of the row's model that the column's shares (STIR)", cka.stir],
  ];
  const heading = ["", "median residual", "converged", "self-STIR", "same class", "distance", ""];
  const rows = names.map((name, i) => [
    `${i + 1} ${plain(name)}`,
    middleOf(residual[i] ?? []).toPrecision(2),
    percent(converged[i] ?? 0),
    measureValue(cka.selfStir.biased[i]?.[i]),
    typeof agreement[i]?.[i] === "number" ? percent(agreement[i]?.[i] ?? 0) : "–",
    (distance[i] ?? 0).toPrecision(2),
    trusted[i] ? "" : "not to be trusted",
  ]);
  const title = `${[...new Set(inversion.taps)].map(plain).join(", ")} · ${plural(inversion.pairs.targets.length, "image")}`;
  return [
    [bold(terminal, title), ...columns([heading, ...rows], new Set([1, 2, 3, 4, 5]))],
    ...(names.length < 2 ? [] : tables.map(([name, matrices]) => table(name, names, matrices, terminal))),
    wrap(plain(inversion.convention), terminal.width).map((line) => dim(terminal, line)),
  ];
}

/** `0.28 (0.16)`: as published, and unbiased. */
function table(title: string, names: readonly string[], matrices: InversionMatrices, terminal: Terminal): string[] {
  const { biased, unbiased, unbiasedDeviation } = matrices;
  const cell = (i: number, j: number): string => {
    const spread = unbiasedDeviation?.[i]?.[j];
    const deviation = typeof spread === "number" ? ` ± ${measureValue(spread)}` : "";
    return `${measureValue(biased[i]?.[j])} (${measureValue(unbiased[i]?.[j])}${deviation})`;
  };
  const right = new Set(names.map((_, j) => j + 1));
  const rows = names.map((name, i) => [`${i + 1} ${plain(name)}`, ...names.map((_, j) => cell(i, j))]);
  return [
    dim(terminal, `${title}: linear CKA, biased (unbiased)`),
    ...columns([["", ...names.map((_, j) => String(j + 1))], ...rows], right),
  ];
}

function middleOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const { length } = sorted;
  return (
    ((sorted[Math.floor((length - 1) / 2)] ?? Number.NaN) + (sorted[Math.ceil((length - 1) / 2)] ?? Number.NaN)) / 2
  );
}
