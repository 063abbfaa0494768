import type { RequestType } from "vscode-jsonrpc";
import { Failure, type FailureRecord } from "../core/failure.ts";
import { backgroundMethods, type Progress } from "../protocol/compute.ts";
import { ComputeChild, type Death } from "./computeChild.ts";
import { PendingRequest } from "./pendingRequest.ts";

/** Where the compute process comes from and where its words go. */
export interface ComputeProcessOptions {
  /** Absolute path of the process's script. */
  readonly entry: string;
  /** Takes each line that the process writes, and notes of its starts and ends. */
  readonly log: (line: string) => void;
  /** Minutes without a request after which the process is ended, to give its memory back; 5 by default. */
  readonly idleMinutes?: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (value: Progress) => void;
}

/** Milliseconds in which a process that is asked to stop has to answer. In a native call it cannot: then it is ended. */
const patience = 600;

/**
 * Owns the compute process for whoever asks: starts it when it is first needed, starts another when it has died, and
 * ends it when nobody has asked for a while. Requests are answered one after another, in the order they were made.
 */
export class ComputeProcess {
  private readonly options: ComputeProcessOptions;
  private child: ComputeChild | undefined;
  /** In the order of asking, in which the process works, except that those in the background give way. */
  private readonly pending = new Set<PendingRequest>();
  private idle: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(options: ComputeProcessOptions) {
    this.options = options;
  }

  /**
   * Asks the compute process. Aborting `signal` rejects within a second, whatever the process is doing.
   * @throws Failure `cancelled`; `compute/died` where the process ended before it answered; what the request itself fails with
   */
  async request<Params extends { readonly progress: string }, Result>(
    type: RequestType<Params, Result, FailureRecord>,
    params: Omit<Params, "progress">,
    { signal, onProgress = () => {} }: RequestOptions = {},
  ): Promise<Result> {
    if (this.disposed || signal?.aborted) throw cancelled();
    const request = new PendingRequest(type.method, params, onProgress);
    const cancel = (): void => this.cancel(request);
    signal?.addEventListener("abort", cancel);
    clearTimeout(this.idle);
    this.pending.add(request);
    this.send(request);
    try {
      // What the protocol says that this request is answered with.
      return (await request.outcome) as Result;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.pending.delete(request);
      if (this.pending.size === 0) this.stopWhenIdle();
    }
  }

  /** Ends the process. What is being asked, and whatever is asked from now on, is rejected as cancelled. */
  dispose(): void {
    this.disposed = true;
    clearTimeout(this.idle);
    this.end();
    for (const request of this.pending) request.fail(cancelled());
  }

  private send(request: PendingRequest): void {
    this.child ??= this.start();
    void request.sendTo(this.child.connection);
  }

  private start(): ComputeChild {
    const child = new ComputeChild(this.options.entry, this.options.log);
    this.options.log(`Compute process ${child.pid} started.`);
    void child.death.then((death) => {
      this.options.log(`Compute process ${child.pid} ${death.how}.`);
      if (this.child === child) this.bury(child, death);
    });
    return child;
  }

  private cancel(request: PendingRequest): void {
    request.cancel();
    // In the background, only others can block it, and those are not to be ended for its sake.
    if (request !== this.running() || backgroundMethods.has(request.method)) {
      request.fail(cancelled());
      return;
    }
    const blocked = setTimeout(() => {
      this.end();
      this.failAndGoOn(request, cancelled());
    }, patience);
    const settled = (): void => clearTimeout(blocked);
    request.outcome.then(settled, settled);
  }

  /** The process died of itself, or by someone else's hand. What it was doing fails; what waited gets another process. */
  private bury(child: ComputeChild, death: Death): void {
    this.child = undefined;
    child.connection.dispose();
    const running = this.running();
    if (running !== undefined) this.failAndGoOn(running, running.cancelled ? cancelled() : died(child, death, running));
  }

  /** What the process is doing; all others wait. */
  private running(): PendingRequest | undefined {
    const requests = [...this.pending];
    return requests.find(({ method }) => !backgroundMethods.has(method)) ?? requests[0];
  }

  private failAndGoOn(failed: PendingRequest, failure: Failure): void {
    failed.fail(failure);
    this.pending.delete(failed);
    for (const waiting of this.pending) this.send(waiting);
  }

  private stopWhenIdle(): void {
    this.idle = setTimeout(() => this.end(), (this.options.idleMinutes ?? 5) * 60_000);
    this.idle.unref();
  }

  private end(): void {
    this.child?.end();
    this.child = undefined;
  }
}

function cancelled(): Failure {
  return new Failure("cancelled", "Cancelled.");
}

function died(child: ComputeChild, death: Death, request: PendingRequest): Failure {
  const lines = death.lastLines.length === 0 ? "" : ` Its last lines: ${death.lastLines.join(" | ")}`;
  return new Failure(
    "compute/died",
    `The compute process (likeness-compute, process ${child.pid}) ${death.how} during ${request.describe()}.${lines}`,
    { hint: remedy(death) },
  );
}

function remedy(death: Death): string {
  if (death.signal === "SIGKILL") {
    return "The system ends a process that way when memory runs out: use fewer samples, a smaller batch or fewer taps. The next request starts a new process.";
  }
  if (death.signal !== null) {
    return "The fault lies in the engine or a driver: try the provider `cpu`. The next request starts a new process.";
  }
  return "The next request starts a new process; if it ends the same way, its last lines say where to look.";
}
