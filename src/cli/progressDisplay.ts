import { duration, memory } from "../core/report/format.ts";
import { plain } from "../core/report/terminal.ts";
import type { Progress } from "../protocol/compute.ts";

/** Shows where a request stands while it runs. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Leaves the screen to what comes next. */
  end(): void;
}

/** For programs that read us: says nothing. */
export const silent: ProgressDisplay = { show: () => {}, end: () => {} };

/** Seconds from which on an estimate is worth a line. */
const worthSaying = 3;

/** For a terminal: one line, written over and over; an estimate of long work stays above it. */
export function onTerminal(write: (text: string) => void, width: () => number, now = Date.now): ProgressDisplay {
  const clock = new PhaseClock(now);
  const clear = "\r\u001b[K";
  return {
    show(progress) {
      const estimate = estimateLine(progress);
      if (estimate !== undefined) write(`${clear}${estimate}\n`);
      write(clear + clock.line(progress).slice(0, width() - 1));
    },
    end: () => write(clear),
  };
}

/**
 * For a log: nothing in the first seconds, so that quick work leaves no trace; then a line for each new phase and one
 * every ten seconds.
 */
export function inLog(write: (text: string) => void, now = Date.now): ProgressDisplay {
  const quiet = 5_000;
  const pause = 10_000;
  const clock = new PhaseClock(now);
  const start = now();
  let last = { phase: "", at: 0 };
  return {
    show(progress) {
      const estimate = estimateLine(progress);
      if (estimate !== undefined) write(`${estimate}\n`);
      const line = clock.line(progress);
      const at = now();
      if (at - start < quiet || (progress.phase === last.phase && at - last.at < pause)) return;
      last = { phase: progress.phase, at };
      write(`${line}\n`);
    },
    end: () => {},
  };
}

function estimateLine({ estimate }: Progress): string | undefined {
  if (estimate === undefined || estimate.seconds < worthSaying) return undefined;
  return `This takes about ${duration(estimate.seconds)} and ${memory(estimate.memoryMB)} of memory.`;
}

/** Tells, from how fast a phase has gone so far, how long it will go on. */
class PhaseClock {
  private readonly now: () => number;
  private phase = "";
  private start = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  /** `Comparing 25 %, 12 s left`. */
  line({ phase, done, total }: Progress): string {
    if (phase !== this.phase) {
      this.phase = phase;
      this.start = this.now();
    }
    if (done === undefined || total === undefined || total === 0) return `${plain(phase)} …`;
    const seconds = (this.now() - this.start) / 1000;
    const left = done > 0 && seconds > 1 ? `, ${duration((seconds / done) * (total - done))} left` : "";
    return `${plain(phase)} ${Math.floor((100 * done) / total)}\u00a0%${left}`;
  }
}
