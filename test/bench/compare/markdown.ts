import type { Claim } from "../shared/claim.ts";
import type { Rounds } from "../shared/rounds.ts";
import { median } from "../shared/statistics.ts";
import { cells, claimTable, fixed } from "../shared/tables.ts";
import { secondsOf } from "./claims.ts";
import type { ComparisonAnswer, ComparisonProgram, ComparisonRound } from "./comparisonAnswer.ts";
import { type Scenario, threads } from "./scenarios.ts";

/** The results of a scenario as a section of `docs/benchmarks.md`. */
export function section(
  scenario: Scenario,
  programs: readonly ComparisonProgram[],
  { kept, dropped }: Rounds<ComparisonAnswer>,
  claimed: readonly Claim[],
): string {
  const { samples, batch, pixels } = scenario;
  return [
    `## ${scenario.title}`,
    "",
    `${samples} images of ${pixels} px in batches of ${batch}, minibatch estimator, float32, ${threads} threads. ` +
      `Medians of ${kept.length} alternating rounds; ${dropped} dropped for foreign load.`,
    "",
    "| program | seconds (least to most) | of these forward passes | loading before, seconds | peak memory, MiB |",
    "| --- | --- | --- | --- | --- |",
    ...programs.map((program, place) => programRow(program, place, kept)),
    "",
    ...claimTable(claimed),
    ...agreement(programs, kept[0] ?? []),
    ...programs.flatMap(({ note }) => (note === undefined ? [] : [note, ""])),
    `Run on: ${[...new Set(programs.map(({ engine }) => engine))].join("; ")}.`,
    "",
  ].join("\n");
}

function programRow({ name }: ComparisonProgram, place: number, rounds: readonly ComparisonRound[]): string {
  const seconds = rounds.map((round) => secondsOf(round, place));
  const runs = rounds.map((round) => round[place]).filter((run) => run !== undefined);
  const forward = runs.map((run) => run.forwardSeconds).filter((value) => value !== undefined);
  const load = runs.map((run) => run.loadSeconds).filter((value) => value !== undefined);
  const estimated = runs.some((run) => (run.estimatedSeconds ?? 0) > 0) ? ", mostly estimated" : "";
  return cells(
    name,
    `${fixed(median(seconds))} (${fixed(Math.min(...seconds))} to ${fixed(Math.max(...seconds))})${estimated}`,
    forward.length === 0 ? "" : fixed(median(forward)),
    load.length === 0 ? "" : fixed(median(load)),
    Math.max(...runs.map((run) => run.memoryMB)).toFixed(0),
  );
}

/** How far the programs' CKA matrices are from the first one's, cell by cell where both name the taps alike. */
function agreement(programs: readonly ComparisonProgram[], round: ComparisonRound): string[] {
  const first = round.findIndex((run) => run.values !== undefined);
  return round.flatMap((run, place) => {
    const reference = round[first];
    if (place <= first || run.values === undefined || reference === undefined) return [];
    const { cells: count, worst } = largestDifference(reference, run);
    const [ours, theirs] = [programs[first]?.name, programs[place]?.name];
    return [`Values of ${theirs} and ${ours}: ${count} cells in common, at most ${worst.toExponential(1)} apart.`, ""];
  });
}

function largestDifference(a: ComparisonRound[number], b: ComparisonRound[number]): { cells: number; worst: number } {
  let worst = 0;
  let common = 0;
  for (const [i, row] of (a.rows ?? []).entries()) {
    for (const [j, column] of (a.columns ?? []).entries()) {
      const x = a.values?.[i]?.[j];
      const y = b.values?.[b.rows?.indexOf(row) ?? -1]?.[b.columns?.indexOf(column) ?? -1];
      if (typeof x !== "number" || typeof y !== "number") continue;
      common++;
      worst = Math.max(worst, Math.abs(x - y));
    }
  }
  return { cells: common, worst };
}
