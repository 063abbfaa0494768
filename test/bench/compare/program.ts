/** What one run of a program says about itself. */
export interface Answer {
  /** Time of the whole question. */
  readonly seconds: number;
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

/** A program under measurement: a process of its own that is started once and asked the same question again and again. */
export interface Program {
  readonly name: string;
  /** Process that does the work. */
  readonly pid: number;
  /** Versions of what it runs on, for the table. */
  readonly engine: string;
  /** A sentence to print below the table. */
  readonly note?: string;
  run(): Promise<Answer>;
  stop(): void;
}
