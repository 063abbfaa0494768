import { atMost, boundAtMost, type Claim, ratios } from "../shared/claim.ts";
import type { Program } from "../shared/program.ts";
import type { Round, Rounds } from "../shared/rounds.ts";
import { median } from "../shared/statistics.ts";
import { cells, claimTable } from "../shared/tables.ts";
import { type StepAnswer, type StepScenario, threads } from "./steps.ts";

/** Places of the programs in a round. */
const [ours, torch] = [0, 1];

/** What we say about a step's time and memory. */
export function stepClaims({ goal }: StepScenario, rounds: readonly Round<StepAnswer>[]): readonly Claim[] {
  const seconds = (place: number): number[] => rounds.map((round) => round[place]?.seconds ?? Number.NaN);
  const memory = (place: number): number[] => rounds.map((round) => round[place]?.memoryMB ?? Number.NaN);
  const hold = goal.of === "bound" ? boundAtMost : atMost;
  return [
    hold("time, of PyTorch's", ratios(seconds(ours), seconds(torch)), goal.limit),
    atMost("peak memory, of PyTorch's", ratios(memory(ours), memory(torch)), 1),
  ];
}

/** The results of a scenario as a section of `docs/benchmarks.md`. */
export function stepSection(
  scenario: StepScenario,
  programs: readonly Program<StepAnswer>[],
  { kept, dropped }: Rounds<StepAnswer>,
): string {
  return [
    `#### ${scenario.title}`,
    "",
    `${scenario.steps} steps a run, float32, ${threads} threads. ` +
      `Medians of ${kept.length} alternating rounds; ${dropped} dropped for foreign load.`,
    "",
    "| program | milliseconds a step (least to most) | peak memory, MiB |",
    "| --- | --- | --- |",
    ...programs.map(({ name }, place) =>
      row(
        name,
        kept.flatMap((round) => round[place] ?? []),
      ),
    ),
    "",
    ...claimTable(stepClaims(scenario, kept)),
    agreement(kept[0] ?? []),
    "",
    ...programs.flatMap(({ note }) => (note === undefined ? [] : [note, ""])),
    `Run on: ${[...new Set(programs.map(({ engine }) => engine))].join("; ")}.`,
    "",
  ].join("\n");
}

function row(name: string, runs: Round<StepAnswer>): string {
  const times = runs.map(({ seconds }) => 1000 * seconds);
  const [middle, least, most] = [median(times), Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(1));
  const memory = Math.max(...runs.map(({ memoryMB }) => memoryMB));
  return cells(name, `${middle} (${least} to ${most})`, memory.toFixed(0));
}

/** That both do the same: residuals at the seeds, and after the run's steps. */
function agreement(round: Round<StepAnswer>): string {
  const [a, b] = [round[ours], round[torch]];
  const worst = (x: readonly number[] = [], y: readonly number[] = []): string =>
    Math.max(...x.map((value, i) => Math.abs(value / (y[i] ?? Number.NaN) - 1))).toExponential(1);
  return `Residuals of both agree to ${worst(a?.first, b?.first)} at the seeds, to ${worst(a?.last, b?.last)} after the run's steps.`;
}
