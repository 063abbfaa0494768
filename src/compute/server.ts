import { setImmediate } from "node:timers/promises";
import { type MessageConnection, type RequestType, ResponseError } from "vscode-jsonrpc";
import { type FailureRecord, failureRecord } from "../core/failure.ts";
import type { Report } from "../core/report/report.ts";
import {
  type ArchitectureOption,
  type ArchitecturesParams,
  architectures,
  type CheckParams,
  type CompareParams,
  check,
  compare,
  type DiffParams,
  diff,
  type InspectParams,
  type InversionCost,
  type InvertParams,
  inspect,
  inversionCosts,
  invert,
  type MeasureParams,
  measure,
  progress,
  type RunParams,
  run,
  type StatisticsParams,
  type StoreParams,
  statistics,
  store,
} from "../protocol/compute.ts";
import type { TensorStatistics } from "../protocol/view.ts";
import { abortSignal } from "./cancellation.ts";
import type { BackgroundHandler, Handler, Job } from "./job.ts";
import { JobQueue } from "./queue.ts";

/** Who answers what: one handler per request of the protocol. */
export interface Handlers {
  readonly inspect: Handler<InspectParams>;
  readonly compare: Handler<CompareParams>;
  readonly run: Handler<RunParams>;
  readonly invert: Handler<InvertParams>;
  readonly inversionCosts: Handler<InvertParams, readonly InversionCost[]>;
  readonly measure: Handler<MeasureParams>;
  readonly store: Handler<StoreParams, number>;
  readonly architectures: Handler<ArchitecturesParams, readonly ArchitectureOption[]>;
  readonly check: BackgroundHandler<CheckParams, Report>;
  readonly diff: Handler<DiffParams>;
  readonly statistics: BackgroundHandler<StatisticsParams, readonly TensorStatistics[]>;
}

/** Code of a JSON-RPC error whose data is a {@link FailureRecord}; the range is free for applications. */
const failureCode = 1;

/**
 * Answers the protocol's requests over `connection`, one after another, until it closes. What a summary asks stands beside
 * the queue: its first part because it takes no time, statistics because nobody waits for them as for a comparison.
 */
export function serve(connection: MessageConnection, handlers: Handlers): void {
  const queue = new JobQueue();
  /** What gives way to the queue runs one after another too. */
  const background = new JobQueue();

  function answer<Params extends { readonly progress: string }, Result>(
    type: RequestType<Params, Result, FailureRecord>,
    work: (params: Params, job: Job) => Promise<Result>,
  ): void {
    connection.onRequest(type.method, async (params: Params, token): Promise<unknown> => {
      const signal = abortSignal(token);
      const job: Job = {
        signal,
        // Progress that cannot be sent means that nobody listens; the closed channel ends the process anyway.
        report: (value) => void connection.sendProgress(progress, params.progress, value).catch(() => {}),
      };
      try {
        return await work(params, job);
      } catch (error) {
        throw responseError(error);
      }
    });
  }

  const inQueue =
    <Params, Result>(handler: Handler<Params, Result>) =>
    (params: Params, job: Job) =>
      queue.run(job.signal, () => handler(params, job));
  const inBackground =
    <Params, Result>(handler: BackgroundHandler<Params, Result>) =>
    (params: Params, job: Job) =>
      background.run(job.signal, () =>
        handler(params, {
          ...job,
          giveWay: () => giveWay(queue, job.signal),
          inTurn: (work) => queue.run(job.signal, work),
        }),
      );

  const inspectInQueue = inQueue(handlers.inspect);
  // Without the digest, no weight is read: a click on a file need not wait for the end of a comparison.
  answer(inspect, (params, job) =>
    params.digest === false ? handlers.inspect(params, job) : inspectInQueue(params, job),
  );
  // Whoever is asked to choose is waiting.
  answer(architectures, handlers.architectures);
  answer(compare, inQueue(handlers.compare));
  answer(run, inQueue(handlers.run));
  answer(invert, inQueue(handlers.invert));
  answer(inversionCosts, inQueue(handlers.inversionCosts));
  answer(measure, inQueue(handlers.measure));
  answer(store, inQueue(handlers.store));
  answer(diff, inQueue(handlers.diff));
  answer(check, inBackground(handlers.check));
  answer(statistics, inBackground(handlers.statistics));
  connection.listen();
}

async function giveWay(queue: JobQueue, signal: AbortSignal): Promise<void> {
  // A request, or the end of this one, that has arrived but was not handled yet.
  await setImmediate();
  await queue.idle(signal);
}

/** What was thrown, as it travels. A defect of ours leaves its stack in the log, where it can be reported from. */
function responseError(error: unknown): ResponseError<FailureRecord> {
  const record = failureRecord(error);
  if (record.code === "internal") console.error(error);
  return new ResponseError(failureCode, record.message, record);
}
