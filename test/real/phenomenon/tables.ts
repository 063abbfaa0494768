import { convergedBelow, median } from "../../../src/core/methods/inversion/residuals.ts";
import type { InversionMatrices, Matrix } from "../../../src/core/report/report.ts";
import type { Network } from "./networks.ts";
import type { Resemblance } from "./resemblance.ts";
import { type Interval, interval, mean, rank, rowsOf } from "./rows.ts";
import { type Estimator, type Similarities, similarities } from "./similarity.ts";
import type { Study } from "./study.ts";

/** A table of a Markdown page: the heading row first. */
export type Table = readonly (readonly string[])[];

const draws = 2000;

export function table([head = [], ...rows]: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line), ""].join("\n");
}

/** What a study found, as tables: the networks, the matrices, rows of robust and standard networks, the images' looks. */
export function tables(
  found: Study,
  networks: readonly Network[],
  looks: readonly (readonly Resemblance[])[],
): readonly Table[] {
  const robust = networks.map((network) => network.robust);
  const { cka } = found.inversion;
  return [
    networkTable(found, networks),
    rowTable(cka, robust),
    intervalTable(found, robust),
    ...(["natural", "jones", "stir"] as const).map((which) => matrixTable(which, cka[which], networks)),
    lookTable(networks, looks),
    lookIntervals(robust, looks),
  ];
}

function networkTable({ inversion, accuracy, seconds }: Study, networks: readonly Network[]): Table {
  const rows = rowsOf(
    filled(inversion.cka.jones.unbiased),
    networks.map((network) => network.robust),
  ).byNetwork;
  return [
    [
      "network",
      "layer",
      "right",
      "on record",
      "median residual",
      `below ${convergedBelow}`,
      "self-STIR",
      "same class",
      "distance",
      "row, Jones",
      "seconds",
    ],
    ...networks.map(({ name, accuracy: onRecord }, i) => [
      name,
      inversion.taps[i] ?? "",
      percent(accuracy[i]!),
      percent(onRecord),
      median(inversion.residual[i] ?? []).toFixed(4),
      percent(inversion.converged[i]!),
      fixed(inversion.cka.selfStir.biased[i]?.[i]),
      percent(inversion.agreement[i]?.[i] ?? Number.NaN),
      inversion.distance[i]!.toFixed(2),
      fixed(rows[i]),
      seconds[i]?.toFixed(0) ?? "",
    ]),
  ];
}

function rowTable(cka: Study["inversion"]["cka"], robust: readonly boolean[]): Table {
  const kinds = (["natural", "jones", "stir"] as const).flatMap((which) =>
    (["unbiased", "biased"] as const).map((estimator) => {
      const { blocks, ...rows } = rowsOf(filled(cka[which][estimator]), robust);
      const { better, ways } = rank(rows.byNetwork, robust);
      return [
        `${which}, ${estimator}`,
        ...[rows.robust, rows.standard, rows.difference].map(fixed),
        ...[blocks.robustRobust, blocks.robustStandard, blocks.standardRobust, blocks.standardStandard].map(fixed),
        `${better} of ${ways}`,
      ];
    }),
  );
  return [
    ["", "rows of robust", "of standard", "difference", "r → r", "r → s", "s → r", "s → s", "as large or larger"],
    ...kinds,
  ];
}

function intervalTable({ inverted, natural, inversion }: Study, robust: readonly boolean[]): Table {
  const samples = natural[0]!.size;
  const estimate = (estimator: Estimator) => (picks: readonly number[]) =>
    rowsOf(similarities(inverted, picks, estimator), robust).difference;
  const onStandard = (picks: readonly number[]) => {
    const { blocks } = rowsOf(similarities(inverted, picks, "unbiased"), robust);
    return blocks.robustStandard - blocks.standardStandard;
  };
  const fall = (picks: readonly number[]) => {
    const on = (squares: Study["inverted"]) => rowsOf(similarities(squares, picks, "unbiased"), robust).difference;
    return on(inverted) - on(natural.map(() => natural));
  };
  const rows: readonly [string, Interval][] = [
    ["Jones, unbiased, halves", interval(estimate("unbiased"), samples, "half", draws)],
    ["Jones, biased, halves", interval(estimate("biased"), samples, "half", draws)],
    ["Jones, unbiased, usual bootstrap", interval(estimate("unbiased"), samples, "replacement", draws)],
    ["Jones, biased, usual bootstrap", interval(estimate("biased"), samples, "replacement", draws)],
    ["the same, columns of standard networks only, halves", interval(onStandard, samples, "half", draws)],
    ["Jones less natural, halves", interval(fall, samples, "half", draws)],
  ];
  const ours = similarities(
    inverted,
    Array.from({ length: samples }, (_, i) => i),
    "unbiased",
  );
  const theirs = filled(inversion.cka.jones.unbiased);
  const apart = Math.max(...ours.flatMap((row, i) => row.map((value, j) => Math.abs(value - theirs[i]![j]!))));
  return [
    [
      `difference of rows (matrix here and in the report: ${apart.toExponential(1)} apart)`,
      "value",
      "95 % interval",
      "mean of draws",
    ],
    ...rows.map(([name, { value, low, high, centre }]) => [
      name,
      fixed(value),
      `${fixed(low)} to ${fixed(high)}`,
      fixed(centre),
    ]),
  ];
}

function matrixTable(which: string, { biased, unbiased }: InversionMatrices, networks: readonly Network[]): Table {
  return [
    [`${which}, unbiased (biased)`, ...networks.map(({ name }) => name)],
    ...networks.map(({ name }, i) => [
      name,
      ...networks.map((_, j) => `${fixed(unbiased[i]?.[j])} (${fixed(biased[i]?.[j])})`),
    ]),
  ];
}

function lookTable(networks: readonly Network[], looks: readonly (readonly Resemblance[])[]): Table {
  return [
    ["inversions of", "distance to target ÷ seed's", "direction", "way gone"],
    ...networks.map(({ name }, i) => {
      const of = (pick: (each: Resemblance) => number) => fixed(median(looks[i]!.map(pick)));
      return [name, of((each) => each.distance), of((each) => each.direction), of((each) => each.moved)];
    }),
  ];
}

function lookIntervals(robust: readonly boolean[], looks: readonly (readonly Resemblance[])[]): Table {
  const samples = looks[0]!.length;
  const contrast = (pick: (each: Resemblance) => number) => (picks: readonly number[]) => {
    const means = looks.map((look) => mean(picks.map((k) => pick(look[k]!))));
    return mean(means.filter((_, i) => robust[i])) - mean(means.filter((_, i) => !robust[i]));
  };
  const row = (name: string, pick: (each: Resemblance) => number) => {
    const { value, low, high } = interval(contrast(pick), samples, "replacement", draws);
    return [name, fixed(value), `${fixed(low)} to ${fixed(high)}`];
  };
  return [
    ["robust less standard", "value", "95 % interval"],
    row("distance to target ÷ seed's", (each) => each.distance),
    row("direction", (each) => each.direction),
  ];
}

function filled(matrix: Matrix): Similarities {
  return matrix.map((row) => row.map((value) => value ?? Number.NaN));
}

function fixed(value: number | null | undefined): string {
  return (value ?? Number.NaN).toFixed(2).replace("-", "−");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
