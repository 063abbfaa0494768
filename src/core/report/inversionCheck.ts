/** The part of a report that tells of inversions, looked at before anything is drawn from it. */
import {
  type Check,
  finite,
  limits,
  list,
  matrixOf,
  nullable,
  object,
  oneWord,
  optional,
  refuse,
  text,
  truth,
  whole,
} from "./jsonCheck.ts";
import type { InversionReport, InvertedLayer } from "./report.ts";

const texts = list(text);
const numbers = list(finite);
const wholes = list(whole);
const classes = list(nullable(wholes), limits.models);
/** Its shape is looked at once all fields have their types. */
const matrix = list(list(nullable(finite)));
const optionalMatrix = optional(matrix);

const cka = object({
  biased: matrix,
  unbiased: matrix,
  unbiasedLow: optionalMatrix,
  unbiasedHigh: optionalMatrix,
  biasedDeviation: optionalMatrix,
  unbiasedDeviation: optionalMatrix,
});

const layer = {
  taps: texts,
  residual: matrix,
  converged: numbers,
  distance: numbers,
  agreement: matrix,
  trusted: list(truth),
  cka: object({ natural: cka, jones: cka, stir: cka, selfStir: cka }),
};

/** A file in the folder of the images: a name that leads nowhere else. */
const fileName: Check = (value, at) => {
  const problem = text(value, at);
  if (problem !== undefined) return problem;
  return /[\\/:]|^\.*$/.test(value as string) ? refuse(at, "is no name of a file") : undefined;
};

const pictures = list(
  object({
    seed: fileName,
    target: fileName,
    inversions: list(fileName),
    descents: list(object({ file: fileName, steps: wholes })),
  }),
);

const layerMap = object({ biased: matrix, unbiased: matrix });

export const inversion = object({
  preset: oneWord("fast", "jones", "stir", "madry"),
  convention: text,
  tap: text,
  steps: whole,
  seedKind: text,
  repeats: whole,
  pairs: object({ seeds: wholes, targets: wholes }),
  curves: list(object({ steps: wholes, median: numbers })),
  ...layer,
  images: optional(text),
  pictures: optional(pictures),
  classes: optional(
    object({
      labels: optional(wholes),
      names: optional(texts),
      seeds: classes,
      targets: classes,
      inversions: list(classes, limits.models),
    }),
  ),
  grams: optional(object({ natural: list(matrix, limits.models), inverted: list(list(matrix), limits.models) })),
  maps: optional(
    list(object({ models: wholes, rows: texts, columns: texts, natural: layerMap, inverted: list(layerMap) })),
  ),
  layers: optional(list(object(layer))),
  saliency: optional(object({ mean: matrix, error: matrix })),
  controversial: optional(object({ matched: matrix, avoided: matrix, pictures: optional(list(list(list(fileName)))) })),
});

/** The first list or matrix that does not fit the number of models, of images or of layers. */
export function inversionProblem(inverted: InversionReport, models: number, at: string): string | undefined {
  const images = inverted.pairs.targets.length;
  const { curves, saliency, controversial, grams, pictures: shown, classes: named } = inverted;
  const problems = [
    lengthOf(curves, models, `${at}.curves`),
    layerProblem(inverted, models, at),
    ...(inverted.layers ?? []).map((each, i) => layerProblem(each, models, `${at}.layers[${i}]`)),
    ...squares({ ...saliency }, models, `${at}.saliency`),
    ...squares({ ...(controversial && matricesOf(controversial)) }, models, `${at}.controversial`),
    ...(controversial?.pictures ?? []).map((row, i) => lengthOf(row, models, `${at}.controversial.pictures[${i}]`)),
    ...(shown ?? []).flatMap(({ inversions, descents }, i) =>
      [inversions, descents].map((each) => lengthOf(each, models, `${at}.pictures[${i}]`)),
    ),
    ...(grams ? gramProblems(grams, models, images, `${at}.grams`) : []),
    ...(named ? [named.seeds, named.targets, named.inversions] : []).map((each) =>
      lengthOf(each, models, `${at}.classes`),
    ),
    ...(inverted.maps ?? []).flatMap((map, i) => mapProblems(map, models, `${at}.maps[${i}]`)),
  ];
  return problems.find((problem) => problem !== undefined);
}

function matricesOf({ matched, avoided }: NonNullable<InversionReport["controversial"]>) {
  return { matched, avoided };
}

/** One row and one column per model in every matrix of a layer, and one entry per model in its lists. */
function layerProblem(each: InvertedLayer, models: number, at: string): string | undefined {
  const { agreement, cka: kinds, ...lists } = each;
  const problems = [
    ...(["taps", "residual", "converged", "distance", "trusted"] as const).map((name) =>
      lengthOf(lists[name], models, `${at}.${name}`),
    ),
    ...squares({ agreement }, models, at),
    ...Object.entries(kinds).flatMap(([kind, matrices]) => squares(matrices, models, `${at}.${kind}`)),
  ];
  return problems.find((problem) => problem !== undefined);
}

function gramProblems(
  { natural, inverted }: NonNullable<InversionReport["grams"]>,
  models: number,
  images: number,
  at: string,
): readonly (string | undefined)[] {
  return [
    lengthOf(inverted, models, `${at}.inverted`),
    ...[natural, ...inverted].flatMap((matrices) => [
      lengthOf(matrices, models, at),
      ...matrices.map((each) => matrixOf(images, images)(each, at)),
    ]),
  ];
}

function mapProblems(
  { models: pair, rows, columns, natural, inverted }: NonNullable<InversionReport["maps"]>[number],
  models: number,
  at: string,
): readonly (string | undefined)[] {
  if (rows.length * columns.length > limits.cells) return [refuse(at, "has too many cells")];
  if (pair.some((model) => model >= models)) return [refuse(`${at}.models`, "names a model that is not there")];
  return [
    pair.length === 2 ? undefined : refuse(`${at}.models`, "does not name two models"),
    inverted.length === 2 ? undefined : refuse(`${at}.inverted`, "does not have one map per model"),
    ...[natural, ...inverted].flatMap(({ biased, unbiased }) =>
      [biased, unbiased].map((each) => matrixOf(rows.length, columns.length)(each, at)),
    ),
  ];
}

function squares(matrices: object, models: number, at: string): readonly (string | undefined)[] {
  return Object.entries(matrices).map(([name, each]) => matrixOf(models, models)(each, `${at}.${name}`));
}

function lengthOf(entries: readonly unknown[], models: number, at: string): string | undefined {
  return entries.length === models ? undefined : refuse(at, "does not have one entry per model");
}
