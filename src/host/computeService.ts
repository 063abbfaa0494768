import * as vscode from "vscode";
import type { RequestType } from "vscode-jsonrpc";
import type { ComputeProcess, RequestOptions } from "../client/computeProcess.ts";
import type { FailureRecord } from "../core/failure.ts";
import type { EngineChoice, Progress } from "../protocol/compute.ts";
import type { Log } from "./log.ts";
import { engineSettings } from "./settings.ts";

/** Where a piece of work can be watched, if anywhere. */
export interface WorkSurface {
  readonly visible: boolean;
  reveal(): void;
}

/** A request that runs, as the status bar and notifications show it. */
export interface Work {
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly surface: WorkSurface | undefined;
  /** The last that was heard of it. */
  readonly progress: Progress | undefined;
  cancel(): void;
}

export interface AskOptions extends RequestOptions {
  /** For people: `Comparing a × b`. Work without a title is not shown outside its surface. */
  readonly title?: string;
  readonly surface?: WorkSurface;
}

export interface ComputeServiceOptions {
  /** Absolute path of the compute process's script. */
  readonly entry: string;
  /** Absolute path of the folder for Grams. */
  readonly store: string;
  readonly log: Log;
}

/** The compute process as the surfaces of the editor use it. The process itself starts with the first request. */
export class ComputeService implements vscode.Disposable {
  /** Absolute path of the folder for Grams. */
  readonly store: string;
  private readonly options: ComputeServiceOptions;
  private readonly running = new Set<Work>();
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when work begins, goes on or ends. */
  readonly onDidChangeWork = this.changed.event;
  private process: Promise<ComputeProcess> | undefined;

  constructor(options: ComputeServiceOptions) {
    this.options = options;
    this.store = options.store;
  }

  /** What runs or waits its turn, oldest first. */
  get work(): readonly Work[] {
    return [...this.running];
  }

  /** The engine that requests are to be made with, by the user's settings. */
  engine(): EngineChoice {
    const { provider, threads, storeLimit } = engineSettings();
    return {
      // A graph from a folder that nobody trusts yet is not compiled by a graphics driver.
      provider: vscode.workspace.isTrusted ? provider : "cpu",
      ...(threads !== undefined && { threads }),
      ...(storeLimit > 0 && { store: this.store, storeLimit }),
    };
  }

  /**
   * Asks the compute process.
   * @throws Failure `cancelled`, also by a restart; `compute/died`; what the request itself fails with
   */
  async request<Params extends { readonly progress: string }, Result>(
    type: RequestType<Params, Result, FailureRecord>,
    params: Omit<Params, "progress">,
    { title, surface, signal, onProgress }: AskOptions = {},
  ): Promise<Result> {
    const stop = new AbortController();
    let last: Progress | undefined;
    const work: Work = {
      title: title ?? "",
      started: Date.now(),
      surface,
      get progress() {
        return last;
      },
      cancel: () => stop.abort(),
    };
    if (title !== undefined) this.running.add(work);
    this.changed.fire();
    try {
      this.process ??= this.newProcess();
      const process = await this.process;
      return await process.request(type, params, {
        signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
        onProgress: (progress) => {
          last = progress;
          onProgress?.(progress);
          this.changed.fire();
        },
      });
    } finally {
      this.running.delete(work);
      this.changed.fire();
    }
  }

  /** Ends the process and cancels what runs; the next request starts another. */
  restart(): void {
    void this.process?.then((process) => process.dispose());
    this.process = undefined;
  }

  dispose(): void {
    this.restart();
    this.changed.dispose();
  }

  /** Loaded when it is first needed: half of the time that loading the extension takes would be for this. */
  private async newProcess(): Promise<ComputeProcess> {
    const { entry, log } = this.options;
    const { ComputeProcess } = await import("../client/computeProcess.ts");
    return new ComputeProcess({ entry, log: (line) => log.info(line) });
  }
}
