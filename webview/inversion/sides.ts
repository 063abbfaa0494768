/** What the models are called: `A` and `B` where there are two, numbers where there are more, with their names. */
import { modelNames } from "../../src/core/report/pairs.ts";
import type { Report } from "../../src/core/report/report.ts";

export interface SideName {
  /** One letter or number. */
  readonly mark: string;
  readonly name: string;
}

export function sidesOf(report: Pick<Report, "models">): readonly SideName[] {
  return sidesOfPaths(report.models.map(({ path }) => path));
}

export function sidesOfPaths(paths: readonly string[]): readonly SideName[] {
  return modelNames(paths).map((name, i) => ({
    mark: paths.length > 2 ? String(i + 1) : i === 0 ? "A" : "B",
    name,
  }));
}
