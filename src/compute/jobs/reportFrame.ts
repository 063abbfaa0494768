import { type Report, type ReportKind, reportSchema } from "../../core/report/report.ts";
import { version } from "../../core/version.ts";

/** Measures one job from its start: the parts of a report that every kind has. */
export class ReportFrame {
  readonly #kind: ReportKind;
  readonly #seed: number;
  readonly #started = performance.now();
  readonly #created = new Date().toISOString();
  /** Seconds spent on reading and compiling, in the runtime, and in the measures. */
  #load = 0;
  #forward = 0;
  #measures = 0;

  constructor(kind: ReportKind, seed = 0) {
    this.#kind = kind;
    this.#seed = seed;
  }

  /** Seconds since the job began. */
  get elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Counts the time of `work` as spent on reading files and compiling networks. */
  async load<T>(work: () => Promise<T>): Promise<T> {
    const [result, seconds] = await timed(work);
    this.#load += seconds;
    return result;
  }

  /** Counts the time of `work` as spent in the runtime. */
  async forward<T>(work: () => Promise<T>): Promise<T> {
    const [result, seconds] = await timed(work);
    this.#forward += seconds;
    return result;
  }

  /** Counts the time of `work` as spent on measures. */
  async measures<T>(work: () => Promise<T>): Promise<T> {
    const [result, seconds] = await timed(work);
    this.#measures += seconds;
    return result;
  }

  /** The report with `content` in the frame. */
  report(content: Partial<Report> & Pick<Report, "models">): Report {
    return {
      schema: reportSchema,
      kind: this.#kind,
      version,
      created: this.#created,
      seed: this.#seed,
      provider: "none",
      seconds: {
        total: round(this.elapsed),
        ...(this.#load > 0 && { load: round(this.#load) }),
        forward: round(this.#forward),
        ...(this.#measures > 0 && { measures: round(this.#measures) }),
      },
      // The kernel counts kilobytes.
      peakMemoryMB: Math.round(process.resourceUsage().maxRSS / 1024),
      forwardPasses: 0,
      findings: [],
      warnings: [],
      ...content,
    };
  }
}

async function timed<T>(work: () => Promise<T>): Promise<[result: T, seconds: number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
