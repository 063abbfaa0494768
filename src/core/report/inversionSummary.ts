/** Inversions in a terminal: the matrices side by side, and how far each row is to be trusted. */
import { measureValue, percent, plural } from "./format.ts";
import { modelNames } from "./pairs.ts";
import type { InversionMatrices, InversionReport, InvertedLayer, LayerMaps, Matrix, Report } from "./report.ts";
import { bold, columns, dim, plain, type Terminal, wrap } from "./terminal.ts";

const mostLayers = 40;

/** Sections of lines; empty where the report holds no inversion. */
export function inversionSections(report: Report, terminal: Terminal): string[][] {
  const { inversion, models } = report;
  if (inversion === undefined) return [];
  const names = modelNames(models.map(({ path }) => path));
  const { cka, converged, residual, agreement, distance } = inversion;
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
    trust(inversion, i),
  ]);
  const title = `${[...new Set(inversion.taps)].map(plain).join(", ")} · ${plural(inversion.pairs.targets.length, "image")}`;
  return [
    [bold(terminal, title), ...columns([heading, ...rows], new Set([1, 2, 3, 4, 5]))],
    ...(names.length < 2 ? [] : tables.map(([name, matrices]) => ckaTable(name, names, matrices, terminal))),
    layerTable(inversion, names, terminal),
    ...(inversion.maps ?? []).map((maps) => mapTable(maps, names, terminal)),
    ...besides(inversion, names, terminal),
    wrap(plain(inversion.convention), terminal.width).map((line) => dim(terminal, line)),
  ];
}

function trust({ trusted }: InvertedLayer, model: number): string {
  return trusted[model] ? "" : "not to be trusted";
}

function ckaTable(title: string, names: readonly string[], matrices: InversionMatrices, terminal: Terminal): string[] {
  const cell = (i: number, j: number): string => {
    const spread = matrices.unbiasedDeviation?.[i]?.[j];
    const deviation = typeof spread === "number" ? ` ± ${measureValue(spread)}` : "";
    return both(matrices, i, j, deviation);
  };
  return modelTable(`${title}: linear CKA, biased (unbiased)`, names, cell, terminal);
}

/** `0.28 (0.16)`: as published, and unbiased. */
function both({ biased, unbiased }: { biased: Matrix; unbiased: Matrix }, i: number, j: number, after = ""): string {
  return `${measureValue(biased[i]?.[j])} (${measureValue(unbiased[i]?.[j])}${after})`;
}

/** Models × models. */
function modelTable(
  title: string,
  names: readonly string[],
  cell: (i: number, j: number) => string,
  terminal: Terminal,
): string[] {
  const right = new Set(names.map((_, j) => j + 1));
  const rows = names.map((name, i) => [`${i + 1} ${plain(name)}`, ...names.map((_, j) => cell(i, j))]);
  return [dim(terminal, title), ...columns([["", ...names.map((_, j) => String(j + 1))], ...rows], right)];
}

/** Every layer that was asked, for each ordered pair of models, or for the one model; empty where there was one layer. */
function layerTable(inversion: InversionReport, names: readonly string[], terminal: Terminal): string[] {
  if (!inversion.layers) return [];
  const ordered = names.flatMap((_, i) => names.flatMap((__, j) => (i !== j || names.length === 1 ? [[i, j]] : [])));
  const rows = [...inversion.layers, inversion].flatMap((layer) =>
    ordered.map(([i = 0, j = 0]) => {
      const { natural, jones, stir } = layer.cka;
      const taps = [...new Set([layer.taps[i]!, layer.taps[j]!])].map(plain).join(" × ");
      const models = i === j ? plain(names[i]!) : `${plain(names[i]!)} against ${plain(names[j]!)}`;
      return [taps, models, ...[natural, jones, stir].map((matrices) => both(matrices, i, j)), trust(layer, i)];
    }),
  );
  const heading = ["", "inverted by", "natural", "Jones", "STIR", ""];
  return [dim(terminal, "By layer: linear CKA, biased (unbiased)"), ...columns([heading, ...rows], new Set([2, 3, 4]))];
}

/** Each row's layer with the one at its place, or with the most similar one where the networks are not as deep. */
function mapTable(maps: LayerMaps, names: readonly string[], terminal: Terminal): string[] {
  const { rows, columns: others, natural, inverted } = maps;
  const [a, b] = maps.models.map((model) => plain(names[model] ?? ""));
  const partners = rows.map((_, r) => (rows.length === others.length ? r : largest(natural.unbiased[r] ?? [])));
  const lines = partners.map((c, r) => {
    const pair = [...new Set([rows[r]!, others[c]!])].map(plain).join(" × ");
    return [pair, ...[natural, ...inverted].map((map) => both(map, r, c))];
  });
  const heading = ["", "natural", `inverted by ${a}`, `inverted by ${b}`];
  const more = lines.length > mostLayers ? [`… and ${lines.length - mostLayers} more`] : [];
  return [
    dim(terminal, `Layers of ${a} and ${b}: linear CKA, biased (unbiased)`),
    ...columns([heading, ...lines.slice(0, mostLayers)], new Set([1, 2, 3])),
    ...more,
  ];
}

function largest(values: readonly (number | null)[]): number {
  return values.reduce<number>((best, value, i) => ((value ?? -1) > (values[best] ?? -1) ? i : best), 0);
}

function besides({ saliency, controversial }: InversionReport, names: readonly string[], terminal: Terminal) {
  const sections: string[][] = [];
  if (saliency) {
    const cell = (i: number, j: number) =>
      i === j ? "–" : `${measureValue(saliency.mean[i]?.[j])} ± ${measureValue(saliency.error[i]?.[j])}`;
    sections.push(modelTable("Gradients of the named class, mean cosine ± standard error", names, cell, terminal));
  }
  if (controversial) {
    const cell = (i: number, j: number) => {
      const pair = [controversial.matched[i]?.[j], controversial.avoided[i]?.[j]];
      return i === j ? "–" : pair.map((value) => measureValue(value)).join(" / ");
    };
    const title = "Images that the row's model takes for the target, and the column's not: median residuals of both";
    sections.push(modelTable(title, names, cell, terminal));
  }
  return sections;
}

function middleOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const { length } = sorted;
  return (
    ((sorted[Math.floor((length - 1) / 2)] ?? Number.NaN) + (sorted[Math.ceil((length - 1) / 2)] ?? Number.NaN)) / 2
  );
}
