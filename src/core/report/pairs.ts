/** One shape for the comparisons of a report, whether it holds two models or more. */
import type { MeasureMatrix, ModelReport, OutputComparison, Report } from "./report.ts";

export interface ComparedPair {
  /** Indices into `models`. */
  readonly a: number;
  readonly b: number;
  readonly modelA: ModelReport;
  readonly modelB: ModelReport;
  readonly nameA: string;
  readonly nameB: string;
  readonly measures: ReadonlyMap<string, MeasureMatrix>;
  readonly outputs: OutputComparison | undefined;
}

/** Every compared pair, in the report's order; empty where nothing was compared. */
export function comparedPairs(report: Report): readonly ComparedPair[] {
  const names = modelNames(report.models.map((model) => model.path));
  const pair = (
    a: number,
    b: number,
    measures: Readonly<Record<string, MeasureMatrix>>,
    outputs: OutputComparison | undefined,
  ): ComparedPair[] => {
    const [modelA, modelB] = [report.models[a], report.models[b]];
    if (modelA === undefined || modelB === undefined) return [];
    return [
      {
        a,
        b,
        modelA,
        modelB,
        nameA: names[a]!,
        nameB: names[b]!,
        measures: new Map(Object.entries(measures)),
        outputs,
      },
    ];
  };
  if (report.pairs !== undefined) return report.pairs.flatMap((p) => pair(p.a, p.b, p.measures, p.outputs));
  if (report.measures !== undefined) return pair(0, report.models.length > 1 ? 1 : 0, report.measures, report.outputs);
  return [];
}

/** The measure that speaks for a pair: unbiased linear CKA where it was asked for, else the first similarity. */
export function leadingMeasure(pair: ComparedPair): readonly [id: string, matrix: MeasureMatrix] | undefined {
  for (const id of ["cka.linear.unbiased", "cka.linear.biased"]) {
    const matrix = pair.measures.get(id);
    if (matrix !== undefined) return [id, matrix];
  }
  const all = [...pair.measures];
  return all.find(([, matrix]) => matrix.kind === "similarity") ?? all[0];
}

/**
 * Names that tell models apart: the file's name without its extension, with as many folders before it as it takes.
 * The same path twice keeps the same name.
 */
export function modelNames(paths: readonly string[]): readonly string[] {
  const parts = paths.map((path) => path.split(/[\\/]/).filter((part) => part !== ""));
  const name = (i: number, folders: number) => stem(parts[i]!.slice(-1 - folders).join("/")) || paths[i]!;
  return paths.map((path, i) => {
    const isClash = (folders: number) => paths.some((p, k) => p !== path && name(k, folders) === name(i, folders));
    let folders = 0;
    while (folders < parts[i]!.length - 1 && isClash(folders)) folders++;
    return isClash(folders) ? path : name(i, folders);
  });
}

function stem(file: string): string {
  return file.replace(/(?<=[^/])\.[A-Za-z0-9]{1,11}$/, "");
}
