import { randomUUID } from "node:crypto";
import {
  CancellationTokenSource,
  ConnectionError,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
} from "vscode-jsonrpc";
import { Failure, type FailureRecord } from "../core/failure.ts";
import { type Progress, progress } from "../protocol/compute.ts";

/** One question to the compute process, from the asking to the answer. It may be asked of more than one process. */
export class PendingRequest {
  readonly outcome: Promise<unknown>;
  readonly method: string;
  private readonly params: object;
  private readonly progressKey = randomUUID();
  private readonly onProgress: (value: Progress) => void;
  private readonly cancellation = new CancellationTokenSource();
  private last: Progress | undefined;
  private resolve!: (answer: unknown) => void;
  private reject!: (failure: Failure) => void;

  constructor(method: string, params: object, onProgress: (value: Progress) => void) {
    this.method = method;
    this.params = { ...params, progress: this.progressKey };
    this.onProgress = onProgress;
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Asks a process. Where that is lost before it answers nothing is settled: the owner asks another, or fails us. */
  async sendTo(connection: MessageConnection): Promise<void> {
    const listening = connection.onProgress(progress, this.progressKey, (value) => {
      this.last = value;
      this.onProgress(value);
    });
    try {
      this.resolve(await connection.sendRequest(this.method, this.params, this.cancellation.token));
    } catch (error) {
      if (!connectionLost(error)) this.reject(failureOf(error));
    } finally {
      listening.dispose();
    }
  }

  /** Asks the process to stop working on this. */
  cancel(): void {
    this.cancellation.cancel();
  }

  get cancelled(): boolean {
    return this.cancellation.token.isCancellationRequested;
  }

  /** Ends this without an answer. No effect once it is settled. */
  fail(failure: Failure): void {
    this.reject(failure);
  }

  /** What is being done, as far as is known: `compare: Reading, 12 of 512`. */
  describe(): string {
    const { phase, done, total } = this.last ?? {};
    if (phase === undefined) return this.method;
    return `${this.method}: ${phase}${done === undefined || total === undefined ? "" : `, ${done} of ${total}`}`;
  }
}

function connectionLost(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  if (!(error instanceof ResponseError)) return false;
  return error.code === ErrorCodes.PendingResponseRejected || error.code === ErrorCodes.MessageWriteError;
}

function failureOf(error: unknown): Failure {
  if (error instanceof ResponseError && error.data !== undefined) {
    const record: FailureRecord = error.data;
    return new Failure(record.code, record.message, record);
  }
  return new Failure("internal", error instanceof Error ? error.message : String(error));
}
