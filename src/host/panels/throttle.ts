/** Calls something no oftener than every so many milliseconds, the first time at once, and never forgets the last time. */
export class Throttle {
  private readonly call: () => void;
  private readonly interval: number;
  private timer: NodeJS.Timeout | undefined;
  private last = Number.NEGATIVE_INFINITY;

  constructor(call: () => void, interval: number) {
    this.call = call;
    this.interval = interval;
  }

  /** Calls when it is time. */
  request(): void {
    if (this.timer !== undefined) return;
    const wait = this.last + this.interval - performance.now();
    if (wait <= 0) this.flush();
    else this.timer = setTimeout(() => this.flush(), wait);
  }

  /** Calls now. */
  flush(): void {
    this.stop();
    this.last = performance.now();
    this.call();
  }

  /** Forgets what was requested. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
