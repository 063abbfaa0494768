import { type MessageConnection, type RequestType, ResponseError } from "vscode-jsonrpc";
import { type FailureRecord, failureRecord } from "../core/failure.ts";
import type { Report } from "../core/report/report.ts";
import {
  type CompareParams,
  compare,
  type InspectParams,
  inspect,
  type MeasureParams,
  measure,
  progress,
  type RunParams,
  run,
} from "../protocol/compute.ts";
import { abortSignal } from "./cancellation.ts";
import type { Handler, Job } from "./job.ts";
import { JobQueue } from "./queue.ts";

/** Who answers what: one handler per request of the protocol. */
export interface Handlers {
  readonly inspect: Handler<InspectParams>;
  readonly compare: Handler<CompareParams>;
  readonly run: Handler<RunParams>;
  readonly measure: Handler<MeasureParams>;
}

/** Code of a JSON-RPC error whose data is a {@link FailureRecord}; the range is free for applications. */
const failureCode = 1;

/** Answers the protocol's requests over `connection`, one after another, until it closes. */
export function serve(connection: MessageConnection, handlers: Handlers): void {
  const queue = new JobQueue();

  function answer<Params extends { readonly progress: string }>(
    type: RequestType<Params, Report, FailureRecord>,
    handler: Handler<Params>,
  ): void {
    connection.onRequest<Params, Report, FailureRecord>(type, async (params, token) => {
      const signal = abortSignal(token);
      const job: Job = {
        signal,
        // Progress that cannot be sent means that nobody listens; the closed channel ends the process anyway.
        report: (value) => void connection.sendProgress(progress, params.progress, value).catch(() => {}),
      };
      try {
        return await queue.run(signal, () => handler(params, job));
      } catch (error) {
        throw responseError(error);
      }
    });
  }

  answer(inspect, handlers.inspect);
  answer(compare, handlers.compare);
  answer(run, handlers.run);
  answer(measure, handlers.measure);
  connection.listen();
}

/** What was thrown, as it travels. A defect of ours leaves its stack in the log, where it can be reported from. */
function responseError(error: unknown): ResponseError<FailureRecord> {
  const record = failureRecord(error);
  if (record.code === "internal") console.error(error);
  return new ResponseError(failureCode, record.message, record);
}
