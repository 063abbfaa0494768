import { type Report, type ReportKind, reportSchema } from "../../core/report/report.ts";
import { version } from "../../core/version.ts";

/** Measures one job from its start: the parts of a report that every kind has. */
export class ReportFrame {
  readonly #kind: ReportKind;
  readonly #seed: number;
  readonly #started = performance.now();
  readonly #created = new Date().toISOString();
  /** Seconds spent in the runtime and in the measures. */
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

  /** Counts the time of `work` as spent in the runtime. */
  async forward<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.#forward += (performance.now() - started) / 1000;
    return result;
  }

  /** Counts `seconds` as spent on measures. */
  spentOnMeasures(seconds: number): void {
    this.#measures += seconds;
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

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
