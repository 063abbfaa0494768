import { convergedBelow, median } from "../../../src/core/methods/inversion/residuals.ts";
import type { Network } from "./networks.ts";
import type { Resemblance } from "./resemblance.ts";
import { type Interval, interval, mean, rank, rowsOf } from "./rows.ts";
import { type Estimator, type Kind, type Squares, similarities } from "./similarity.ts";
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
  return [
    networkTable(found, networks),
    rowTable(found, robust),
    intervalTable(found, robust),
    ...kinds.map((kind) => matrixTable(found, kind, networks)),
    lookTable(networks, looks),
    lookIntervals(robust, looks),
  ];
}

const kinds = ["natural", "jones", "stir"] as const;

/** All samples of a study, by position. */
function everySample({ natural }: Squares): readonly number[] {
  return Array.from({ length: natural[0]!.size }, (_, i) => i);
}

function networkTable(found: Study, networks: readonly Network[]): Table {
  const jones = similarities(found, "jones", everySample(found), "unbiased");
  const { byNetwork } = rowsOf(
    jones,
    networks.map((network) => network.robust),
  );
  return [
    [
      "network",
      "layer",
      "right (on record)",
      "median residual",
      `below ${convergedBelow}`,
      "self-STIR",
      "same class",
      "distance from seed",
      "its row",
    ],
    ...networks.map(({ name, accuracy: onRecord }, i) => {
      const { tap, residual, converged, cka, agreement, distance } = found.reports[i]!;
      return [
        name,
        tap,
        `${percent(found.accuracy[i]!)} (${percent(onRecord)})`,
        median(residual[0] ?? []).toFixed(3),
        percent(converged[0]!),
        cka.selfStir.biased[0]![0]!.toFixed(3),
        percent(agreement[0]![0]!),
        distance[0]!.toFixed(2),
        fixed(byNetwork[i]),
      ];
    }),
  ];
}

function rowTable(found: Study, robust: readonly boolean[]): Table {
  const rows = kinds.flatMap((kind) =>
    (["unbiased", "biased"] as const).map((estimator) => {
      const matrix = similarities(found, kind, everySample(found), estimator);
      const { blocks, ...means } = rowsOf(matrix, robust);
      const { better, ways } = rank(means.byNetwork, robust);
      return [
        `${kind}, ${estimator}`,
        ...[means.robust, means.standard, means.difference].map(fixed),
        ...[blocks.robustRobust, blocks.robustStandard, blocks.standardRobust, blocks.standardStandard].map(fixed),
        `${better} of ${ways}`,
      ];
    }),
  );
  return [
    ["", "rows of robust", "of standard", "difference", "r → r", "r → s", "s → r", "s → s", "as large or larger"],
    ...rows,
  ];
}

function intervalTable(found: Study, robust: readonly boolean[]): Table {
  const samples = everySample(found).length;
  const rowsFor = (kind: Kind, picks: readonly number[], estimator: Estimator) =>
    rowsOf(similarities(found, kind, picks, estimator), robust);
  const difference = (kind: Kind, estimator: Estimator) => (picks: readonly number[]) =>
    rowsFor(kind, picks, estimator).difference;
  const onStandard = (picks: readonly number[]) => {
    const { blocks } = rowsFor("jones", picks, "unbiased");
    return blocks.robustStandard - blocks.standardStandard;
  };
  const beyondNatural = (picks: readonly number[]) =>
    difference("jones", "unbiased")(picks) - difference("natural", "unbiased")(picks);
  const rows: readonly [string, Interval][] = [
    ["Jones, unbiased; halves", interval(difference("jones", "unbiased"), samples, "half", draws)],
    ["Jones, biased; halves", interval(difference("jones", "biased"), samples, "half", draws)],
    ["Jones, unbiased; usual bootstrap", interval(difference("jones", "unbiased"), samples, "replacement", draws)],
    ["Jones, biased; usual bootstrap", interval(difference("jones", "biased"), samples, "replacement", draws)],
    ["Jones, unbiased, columns of standard networks only; halves", interval(onStandard, samples, "half", draws)],
    ["Jones less natural, unbiased; halves", interval(beyondNatural, samples, "half", draws)],
    ["STIR, unbiased; halves", interval(difference("stir", "unbiased"), samples, "half", draws)],
  ];
  return [
    ["rows of robust less rows of standard", "value", "95 % interval", "mean of draws"],
    ...rows.map(([name, { value, low, high, centre }]) => [
      name,
      fixed(value),
      `${fixed(low)} to ${fixed(high)}`,
      fixed(centre),
    ]),
  ];
}

function matrixTable(found: Study, kind: Kind, networks: readonly Network[]): Table {
  const [unbiased, biased] = (["unbiased", "biased"] as const).map((estimator) =>
    similarities(found, kind, everySample(found), estimator),
  );
  return [
    [`${kind}, unbiased (biased)`, ...networks.map(({ name }) => name)],
    ...networks.map(({ name }, i) => [
      name,
      ...networks.map((_, j) => `${fixed(unbiased![i]![j])} (${fixed(biased![i]![j])})`),
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

function fixed(value: number | undefined): string {
  return (value ?? Number.NaN).toFixed(2).replace("-", "−");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
