import { stat } from "node:fs/promises";
import { type Failure, failureRecord } from "../../core/failure.ts";
import type { ModelReport, Report } from "../../core/report/report.ts";
import { check, inspect, type ModelChoice, statistics } from "../../protocol/compute.ts";
import type { SummaryState, TensorStatistics, WorkStatus } from "../../protocol/view.ts";
import type { ComputeService } from "../computeService.ts";
import { Throttle } from "../panels/throttle.ts";

/** What is known of the file itself; who is the baseline stands elsewhere. */
export type CheckpointState = Omit<SummaryState, "baseline" | "isBaseline">;

/** Milliseconds between two snapshots while statistics stream in. */
const snapshotInterval = 120;

/**
 * One checkpoint on disk, as far as it has been read: what it holds first, then statistics of its tensors, one after
 * another. However many editors show it, it is read once.
 */
export class CheckpointModel {
  private readonly compute: Pick<ComputeService, "request">;
  private readonly architecture: () => string | undefined;
  private asked: Pick<ModelChoice, "path" | "architecture" | "weights">;
  private readonly listeners = new Set<(state: CheckpointState) => void>();
  private readonly statistics = new Map<string, TensorStatistics>();
  private current: CheckpointState;
  private reading = new AbortController();
  /** A snapshot holds everything, so that of many small changes only some are worth one. */
  private readonly snapshots = new Throttle(() => {
    this.tell({ statistics: [...this.statistics.values()] });
  }, snapshotInterval);

  /**
   * @param path absolute
   * @param architecture what the user says tells its architecture, absolute too; `undefined` is the automatic choice.
   */
  constructor(
    path: string,
    compute: Pick<ComputeService, "request">,
    architecture: () => string | undefined = () => undefined,
  ) {
    this.compute = compute;
    this.architecture = architecture;
    this.asked = { path };
    this.current = {
      type: "summary",
      path,
      sizeBytes: 0,
      status: { kind: "running", phase: "Reading" },
      warnings: [],
      statistics: [],
      statisticsStatus: waiting,
    };
  }

  /** What is shown: which architecture and weight set of the file were asked for. */
  get choice(): Pick<ModelChoice, "path" | "architecture" | "weights"> {
    return this.asked;
  }

  get state(): CheckpointState {
    return this.current;
  }

  /** Calls back with every snapshot from now on. Returns what ends that. */
  onDidChange(listener: (state: CheckpointState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Reads the file from its beginning. What was known stays in sight until something newer is known. Never rejects: what
   * goes wrong is part of the state.
   * @param weights which of the file's weight sets; absent is the main one.
   */
  async read(weights?: string): Promise<void> {
    const architecture = this.architecture();
    this.asked = {
      path: this.asked.path,
      ...(architecture !== undefined && { architecture }),
      ...(weights !== undefined && { weights }),
    };
    this.reading.abort();
    this.reading = new AbortController();
    const { signal } = this.reading;
    this.statistics.clear();
    this.tell({
      status: { kind: "running", phase: "Reading" },
      findings: [],
      statistics: [],
      statisticsStatus: waiting,
    });
    if ((await this.readStructure(signal)) && (await this.readStatistics(signal))) await this.readFindings(signal);
  }

  /** There is nothing to read, for this reason. */
  refuse(failure: Failure): void {
    this.tell({ status: ending(failure), statisticsStatus: { kind: "cancelled" } });
  }

  /** Stops what runs; what is known stays. */
  cancel(): void {
    this.reading.abort();
  }

  dispose(): void {
    this.listeners.clear();
    this.cancel();
    this.snapshots.stop();
  }

  /** Whether there is now something whose statistics can be asked for. */
  private async readStructure(signal: AbortSignal): Promise<boolean> {
    const { path } = this.current;
    try {
      // A file that cannot be looked at is no failure yet: the compute process says better what is wrong.
      const sizeBytes = await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
      const report = await this.inspect(signal);
      if (this.isOver(signal)) return false;
      const [model] = report.models;
      this.tell({
        sizeBytes,
        status: { kind: "done" },
        warnings: report.warnings,
        isArchitectureChosen: this.asked.architecture !== undefined,
        ...(model && { model: shortened(model) }),
      });
      return true;
    } catch (error) {
      if (this.isOver(signal)) return false;
      const { model: _outdated, ...rest } = this.current;
      this.current = { ...rest, warnings: [] };
      this.tell({ status: ending(error), statisticsStatus: { kind: "cancelled" } });
      return false;
    }
  }

  /** What the file holds. That the architecture which the user chose does not fit is no reason not to say it. */
  private async inspect(signal: AbortSignal): Promise<Report> {
    const { architecture, ...rest } = this.asked;
    const ask = (model: ModelChoice): Promise<Report> =>
      this.compute.request(inspect, { model, digest: false }, { signal });
    if (architecture === undefined) return ask(rest);
    try {
      return await ask(this.asked);
    } catch (error) {
      if (this.isOver(signal)) throw error;
      const report = await ask(rest);
      const { code, message } = failureRecord(error);
      return { ...report, warnings: [{ code, message, where: architecture }, ...report.warnings] };
    }
  }

  /** Whether all were read. */
  private async readStatistics(signal: AbortSignal): Promise<boolean> {
    const { path, weights } = this.asked;
    try {
      const all = await this.compute.request(
        statistics,
        { path, ...(weights !== undefined && { weights }) },
        {
          signal,
          onProgress: ({ phase, done, total, statistics: some = [] }) => {
            if (signal.aborted) return;
            // By name: a process that is started again after another request ended it begins anew.
            for (const each of some) this.statistics.set(each.name, each);
            const status: WorkStatus = {
              kind: "running",
              phase,
              ...(done !== undefined && { done }),
              ...(total !== undefined && { total }),
            };
            this.current = { ...this.current, statisticsStatus: status };
            this.snapshots.request();
          },
        },
      );
      if (!this.isOver(signal)) this.tell({ statistics: all, statisticsStatus: { kind: "done" } });
      return !this.isOver(signal);
    } catch (error) {
      if (!this.isOver(signal))
        this.tell({ statistics: [...this.statistics.values()], statisticsStatus: ending(error) });
      return false;
    }
  }

  /** What is often wrong with checkpoints and is with this one. A check that fails leaves nothing to be said. */
  private async readFindings(signal: AbortSignal): Promise<void> {
    try {
      const { findings } = await this.compute.request(check, { models: [this.asked] }, { signal });
      if (!this.isOver(signal)) this.tell({ findings });
    } catch {
      if (!this.isOver(signal)) this.tell({ findings: [] });
    }
  }

  /** Whether another reading has begun, whose state this one must not touch. */
  private isOver(signal: AbortSignal): boolean {
    return signal !== this.reading.signal;
  }

  private tell(change: Partial<CheckpointState>): void {
    this.snapshots.stop();
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener(this.current);
  }
}

/** Some exporters put whole vocabularies into a file's metadata: more characters than this are no help on a page. */
const longestFact = 20_000;

function shortened(model: ModelReport): ModelReport {
  const facts = Object.entries(model.facts ?? {}).map(([name, text]): [string, string] => [
    name,
    text.length > longestFact ? `${text.slice(0, longestFact)}…` : text,
  ]);
  return { ...model, facts: Object.fromEntries(facts) };
}

const waiting: WorkStatus = { kind: "running", phase: "Waiting" };

function ending(error: unknown): WorkStatus {
  const failure = failureRecord(error);
  return failure.code === "cancelled" ? { kind: "cancelled" } : { kind: "failed", failure };
}
