import type { Tap } from "../../core/graph/tap.ts";
import type { Warning } from "../../core/report/report.ts";
import type { InvertParams } from "../../protocol/compute.ts";
import type { Backend } from "../backends/backend.ts";
import type { Job } from "../job.ts";
import type { ReportFrame } from "../jobs/reportFrame.ts";
import type { OpenModel } from "../models/openModel.ts";
import type { GramStore } from "../store/gramStore.ts";
import { gramStore } from "../store/stores.ts";
import { type Represented, represent } from "./represent.ts";

/** What work on a request is done with, and what it leaves behind for the report. */
export class Workplace {
  readonly backend: Backend;
  readonly frame: ReportFrame;
  readonly job: Job;
  readonly store: GramStore;
  readonly warnings: Warning[] = [];
  /** How often a list of images went through a network. */
  passes = 0;

  constructor(params: InvertParams, backend: Backend, frame: ReportFrame, job: Job) {
    this.backend = backend;
    this.frame = frame;
    this.job = job;
    this.store = gramStore(params.engine, (warning) => this.warnings.push(warning));
  }

  /** A network's representations of several lists of images. */
  async represent(
    model: OpenModel,
    tap: Tap,
    lists: readonly (readonly Float32Array[])[],
  ): Promise<readonly Represented[]> {
    this.passes += lists.length;
    return this.frame.forward(() => represent(this.backend, model, tap, lists, this.job.signal));
  }
}
