import { modelNames } from "../core/report/pairs.ts";

/** The title of a comparison: `ears-seed0 × tail-seed0`; with many models, how many others there are. */
export function comparisonTitle(paths: readonly string[]): string {
  const names = modelNames(paths);
  const [first = "", second = ""] = names;
  if (names.length <= 3) return names.join(" × ");
  return `${first} × ${second} × … (${names.length})`;
}
