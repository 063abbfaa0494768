/** Runs descents from seed to inversion: of one pair, or of all in sight. */
import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Milliseconds from the seed to the inversion, and before it begins. */
const length = 2000;
const pause = 250;

export class Player implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #motion = matchMedia("(prefers-reduced-motion: reduce)");
  #pair: number | "all" = "all";
  #moment = 1;
  #frame: number | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.stop();
  }

  /** Where motion is unwelcome, descents are moved by hand. */
  get canPlay(): boolean {
    return !this.#motion.matches && !document.body.classList.contains("vscode-reduce-motion");
  }

  /** Where all descents are: 0 the seed, 1 the inversion. */
  get moment(): number {
    return this.#pair === "all" ? this.#moment : 1;
  }

  momentOf(pair: number): number {
    return this.#pair === "all" || this.#pair === pair ? this.#moment : 1;
  }

  isPlaying(pair: number | "all"): boolean {
    return this.#frame !== undefined && this.#pair === pair;
  }

  /** Moves all by hand. */
  show(moment: number): void {
    this.stop();
    this.#pair = "all";
    this.#moment = moment;
    this.#host.requestUpdate();
  }

  /** Plays from the seed on, or leaves off at the inversion. */
  toggle(pair: number | "all"): void {
    const wasPlaying = this.isPlaying(pair);
    this.stop();
    this.#pair = pair;
    this.#moment = 1;
    if (!wasPlaying && this.canPlay) this.#play();
    this.#host.requestUpdate();
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #play(): void {
    this.#moment = 0;
    const began = performance.now() + pause;
    const step = (now: number): void => {
      const passed = Math.min(1, Math.max(0, (now - began) / length));
      // Frames are kept at doubling steps: even time shows the early ones, in which most happens, as long as the late.
      this.#moment = passed;
      this.#frame = passed < 1 ? requestAnimationFrame(step) : undefined;
      this.#host.requestUpdate();
    };
    this.#frame = requestAnimationFrame(step);
  }
}
