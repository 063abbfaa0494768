/** What one run of a program says about itself. */
export interface Answer {
  /** Time of the whole question. */
  readonly seconds: number;
}

/** A program under measurement: a process of its own that is started once and asked the same question again and again. */
export interface Program<A extends Answer = Answer> {
  readonly name: string;
  /** Process that does the work. */
  readonly pid: number;
  /** Versions of what it runs on, for the table. */
  readonly engine: string;
  /** A sentence to print below the table. */
  readonly note?: string;
  run(): Promise<A>;
  stop(): void;
}
