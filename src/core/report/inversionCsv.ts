import { type Field, table } from "./csvTable.ts";
import { modelNames } from "./pairs.ts";
import type { InversionMatrices, InversionReport, InvertedLayer, LayerMaps, Matrix, Report } from "./report.ts";

/**
 * The files of a report of inversions, by name, in long form: `similarity.csv` (by layer, inverting model and other model),
 * `images.csv` (by image and model), `curves.csv`, and where they were asked for `0-1.layers.csv` (layer × layer, by
 * position of the models), `grams.csv`, `saliency.csv` and `controversial.csv`.
 */
export function inversionCsv(report: Report, inversion: InversionReport): ReadonlyMap<string, string> {
  const names = modelNames(report.models.map(({ path }) => path));
  const origin = [inversion.preset, report.seed, report.probe?.digest, report.version];
  const files = new Map([
    ["similarity.csv", table(similarityColumns, similarityLines(inversion, names, origin))],
    ["images.csv", table(imageColumns, imageLines(inversion, names))],
    ["curves.csv", table(["model", "steps", "median_residual"], curveLines(inversion, names))],
  ]);
  for (const maps of inversion.maps ?? []) {
    files.set(`${maps.models.join("-")}.layers.csv`, table(layerColumns, layerLines(maps)));
  }
  const { grams, saliency, controversial } = inversion;
  if (grams)
    files.set("grams.csv", table(["inverted_by", "model", "image", "other", "cosine"], gramLines(grams, names)));
  if (saliency) {
    const cells = pairLines([saliency.mean, saliency.error], names);
    files.set("saliency.csv", table(["row", "column", "mean_cosine", "standard_error"], cells));
  }
  if (controversial) {
    const cells = pairLines([controversial.matched, controversial.avoided], names);
    files.set(
      "controversial.csv",
      table(["sees", "misses", "median_residual_seeing", "median_residual_missing"], cells),
    );
  }
  return files;
}

const kinds = ["natural", "jones", "stir", "selfStir"] as const;

const similarityColumns = [
  ...["layer", "inverting", "other", "inverting_tap", "other_tap"],
  ...["natural", "jones", "stir", "self_stir"].flatMap((kind) =>
    ["biased", "unbiased", "low", "high", "biased_sd", "unbiased_sd"].map((what) => `${kind}_${what}`),
  ),
  ...["same_class", "converged", "distance", "trusted", "n", "preset", "seed", "probe", "version"],
];

function* similarityLines(
  inversion: InversionReport,
  names: readonly string[],
  origin: readonly Field[],
): Generator<Field[]> {
  for (const [layer, one] of [...(inversion.layers ?? []), inversion].entries()) {
    for (const [i, inverting] of names.entries()) {
      for (const [j, other] of names.entries()) {
        const row = [one.agreement[i]?.[j], one.converged[i], one.distance[i], one.trusted[i]];
        const cells = kinds.flatMap((kind) => matricesAt(one.cka[kind], i, j));
        yield [layer, inverting, other, one.taps[i], one.taps[j], ...cells, ...row, images(one), ...origin];
      }
    }
  }
}

function matricesAt(matrices: InversionMatrices, i: number, j: number): Field[] {
  const { biased, unbiased, unbiasedLow, unbiasedHigh, biasedDeviation, unbiasedDeviation } = matrices;
  return [biased, unbiased, unbiasedLow, unbiasedHigh, biasedDeviation, unbiasedDeviation].map(
    (matrix) => matrix?.[i]?.[j],
  );
}

function images({ residual }: InvertedLayer): number {
  return residual[0]?.length ?? 0;
}

const imageColumns = ["image", "seed", "target", "label", "model", "residual", "target_class", "inversion_class"];

function* imageLines({ pairs, residual, classes }: InversionReport, names: readonly string[]): Generator<Field[]> {
  for (const [k, target] of pairs.targets.entries()) {
    for (const [i, name] of names.entries()) {
      const named = [classes?.targets[i]?.[k], classes?.inversions[i]?.[i]?.[k]];
      yield [k, pairs.seeds[k], target, classes?.labels?.[k], name, residual[i]?.[k], ...named];
    }
  }
}

function* curveLines({ curves }: InversionReport, names: readonly string[]): Generator<Field[]> {
  for (const [i, { steps, median }] of curves.entries()) {
    for (const [k, step] of steps.entries()) yield [names[i], step, median[k]];
  }
}

const layerColumns = [
  ...["row", "column", "natural_biased", "natural_unbiased", "inverted_by_row_biased", "inverted_by_row_unbiased"],
  ...["inverted_by_column_biased", "inverted_by_column_unbiased"],
];

function* layerLines({ rows, columns, natural, inverted }: LayerMaps): Generator<Field[]> {
  for (const [r, row] of rows.entries()) {
    for (const [c, column] of columns.entries()) {
      yield [row, column, ...[natural, ...inverted].flatMap((map) => [map.biased[r]?.[c], map.unbiased[r]?.[c]])];
    }
  }
}

function* gramLines(
  { natural, inverted }: NonNullable<InversionReport["grams"]>,
  names: readonly string[],
): Generator<Field[]> {
  for (const [i, matrices] of [natural, ...inverted].entries()) {
    for (const [j, matrix] of matrices.entries()) {
      // The natural ones are nobody's inversions.
      for (const [row, column, cosine] of cells(matrix)) yield [names[i - 1], names[j], row, column, cosine];
    }
  }
}

function* pairLines(matrices: readonly Matrix[], names: readonly string[]): Generator<Field[]> {
  for (const [i, row] of names.entries()) {
    for (const [j, column] of names.entries()) {
      yield [row, column, ...matrices.map((matrix) => matrix[i]?.[j])];
    }
  }
}

function* cells(matrix: Matrix): Generator<readonly [row: number, column: number, value: number | null]> {
  for (const [r, row] of matrix.entries()) for (const [c, value] of row.entries()) yield [r, c, value];
}
