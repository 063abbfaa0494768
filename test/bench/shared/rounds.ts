import { availableParallelism } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { busyTicks, peakMemory, resetPeakMemory, ticksOf, ticksPerSecond } from "./procfs.ts";
import type { Answer, Program } from "./program.ts";

/** One run of one program, with what was seen from outside. */
export type Run<A extends Answer = Answer> = A & Seen;

interface Seen {
  /** Peak of resident memory during the run, MiB. */
  readonly memoryMB: number;
  /** Part of all processors that others used meanwhile. */
  readonly foreignLoad: number;
}

/** One run of each program, in the order of the programs. */
export type Round<A extends Answer = Answer> = readonly Run<A>[];

export interface Rounds<A extends Answer = Answer> {
  readonly kept: readonly Round<A>[];
  /** Rounds in which something else was running on the machine. */
  readonly dropped: number;
}

/** So long threads of the last program that still spin have to fall asleep, in milliseconds. */
const settling = 300;

/**
 * Runs the programs one after the other, again and again, so that a machine that changes its speed changes it for all
 * of them; each round begins with another program. The first round, in which everything is cold, does not count.
 *
 * @param foreignLimit part of the processors that others may take during a run; a round that is disturbed more is dropped
 * @throws Error where two of three rounds were disturbed
 */
export async function alternate<A extends Answer>(
  programs: readonly Program<A>[],
  wanted: number,
  foreignLimit: number,
): Promise<Rounds<A>> {
  await runRound(programs, 0);
  const kept: Round<A>[] = [];
  let dropped = 0;
  while (kept.length < wanted) {
    const round = await runRound(programs, kept.length + dropped);
    if (round.every((run) => run.foreignLoad <= foreignLimit)) kept.push(round);
    else dropped++;
    if (dropped > 2 * wanted) throw new Error("The machine is too busy to measure on: stop what else is running.");
  }
  return { kept, dropped };
}

async function runRound<A extends Answer>(programs: readonly Program<A>[], number: number): Promise<Round<A>> {
  const runs = new Map<Program<A>, Run<A>>();
  for (let turn = 0; turn < programs.length; turn++) {
    const program = programs[(turn + number) % programs.length];
    if (program === undefined) continue;
    await pause(settling);
    runs.set(program, await watched(program));
  }
  return programs.map((program) => runs.get(program)).filter((run) => run !== undefined);
}

/** One run, with the memory it took and the load that was not its own. */
export async function watched<A extends Answer>(program: Program<A>): Promise<Run<A>> {
  resetPeakMemory(program.pid);
  const before = { time: performance.now(), busy: busyTicks(), own: ownTicks(program) };
  const answer = await program.run();
  const ticks = ((performance.now() - before.time) / 1000) * ticksPerSecond * availableParallelism();
  const foreign = busyTicks() - before.busy - (ownTicks(program) - before.own);
  return { ...answer, memoryMB: peakMemory(program.pid), foreignLoad: Math.max(0, foreign / ticks) };
}

function ownTicks(program: Program): number {
  return ticksOf(program.pid) + ticksOf(process.pid);
}
