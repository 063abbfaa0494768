import type { Answer, Program } from "../shared/program.ts";
import type { Run } from "../shared/rounds.ts";

/** What one comparison says about itself. */
export interface ComparisonAnswer extends Answer {
  /** Time before that for reading and compiling the networks, where the program does so for every question. */
  readonly loadSeconds?: number;
  /** Time of the forward passes alone, where the program can tell. */
  readonly forwardSeconds?: number;
  /** Time of what was left out of the run and estimated instead. */
  readonly estimatedSeconds?: number;
  /** How often the probe went through a network, where the program counts it. */
  readonly forwardPasses?: number;
  /** The CKA matrix: tap names and values. */
  readonly rows?: readonly string[];
  readonly columns?: readonly string[];
  readonly values?: readonly (readonly (number | null)[])[];
}

/** One comparison by each program, in the order of the programs. */
export type ComparisonRound = readonly Run<ComparisonAnswer>[];

export type ComparisonProgram = Program<ComparisonAnswer>;
