import { Failure } from "../../failure.ts";
import type { Unknown } from "./values.ts";

/** Statements, expressions and elements copied. Torchvision's largest networks take 0.3 million. */
const maxSteps = 5_000_000;
/** Calls, statements and expressions within each other; the evaluator recurses into them. */
const maxDepth = 1200;

/** How far the evaluation of an archive's code has come: where it stands, and what is left of its limits. */
export class Course {
  file = "";
  line = 0;
  #depth = 0;
  #steps = 0;

  get steps(): number {
    return this.#steps;
  }

  /** Goes one level deeper. @throws Failure `torchscript/limit` */
  enter(): void {
    if (++this.#depth > maxDepth) throw this.failure("limit", "Calls are nested absurdly deep");
  }

  /** Comes back from it, with what it gave. */
  leave<T>(value: T): T {
    this.#depth--;
    return value;
  }

  /** @throws Failure `torchscript/limit` */
  spend(steps: number): void {
    this.#steps += steps;
    if (!(this.#steps <= maxSteps)) throw this.failure("limit", "The network's code runs absurdly long");
  }

  /** What follows the sentence of every failure. */
  get place(): string {
    return `line ${this.line} of ${this.file}`;
  }

  dataDependent({ what }: Unknown): Failure {
    return new Failure("torchscript/data-dependent", `The network's structure depends on ${what} (${this.place}).`, {
      hint: "Export it as .pt2 or ONNX for one kind of input.",
    });
  }

  failure(reason: string, message: string): Failure {
    return new Failure(`torchscript/${reason}`, `${message} (${this.place}).`);
  }

  /** A failure of someone who does not know the place, with it. */
  placed(failure: Failure): Failure {
    // What the limits refuse has its place already.
    if (failure.message.endsWith(`(${this.place}).`)) return failure;
    const message = `${failure.message.replace(/\.$/, "")} (${this.place}).`;
    return new Failure(failure.code, message, { file: failure.file, hint: failure.hint });
  }
}
