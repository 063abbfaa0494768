import type { Estimate, Progress } from "../../protocol/compute.ts";

/** How much longer a piece of work takes: by its estimate at first, then by how fast it goes. */
export class TimeLeft {
  private readonly now: () => number;
  private readonly started: number;
  private estimate: Estimate | undefined;
  /** Where a phase stood when it was first heard of. */
  private phase: { readonly name: string; readonly done: number; readonly at: number } | undefined;

  /** @param now seconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now() / 1000) {
    this.now = now;
    this.started = now();
  }

  /** Seconds from now, by all that was heard so far; `undefined` while nothing is known. */
  after({ phase, done, total, estimate }: Progress): number | undefined {
    const now = this.now();
    this.estimate = estimate ?? this.estimate;
    if (done !== undefined && total !== undefined) {
      if (this.phase?.name !== phase) this.phase = { name: phase, done, at: now };
      const [made, took] = [done - this.phase.done, now - this.phase.at];
      if (made > 0 && took > 0) return ((total - done) * took) / made;
    }
    return this.estimate === undefined ? undefined : Math.max(0, this.estimate.seconds - (now - this.started));
  }
}
