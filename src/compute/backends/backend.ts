import type { Program } from "../../core/graph/graph.ts";
import type { Warning } from "../../core/report/report.ts";

/**
 * What runs a network. One implementation today ({@link file://./onnxRuntime.ts}); the interface is what a TensorFlow.js
 * backend would have to offer.
 */
export interface Backend {
  /** Execution provider that runs the operators, e.g. `cpu`. */
  readonly provider: string;
  /** Threads that one operator may use. */
  readonly threads: number;
  /** Engine and version: part of every stored result's key. */
  readonly engine: string;
  /** Why it is not the provider that was asked for. */
  readonly fallback?: Warning;
  /**
   * Compiles a program. Every feed and fetch is float32, int64, int32 or bool.
   * @throws Failure `engine/load` where the engine refuses the program.
   */
  load(program: Program, options?: LoadOptions): Promise<Session>;
}

export interface LoadOptions {
  /** Give the memory of each value back to the system when it is no longer needed, at the price of asking for it anew. */
  readonly returnMemory?: boolean;
  /** Let threads that wait for the next operator spin until the run ends: many short operators wait often. */
  readonly spin?: boolean;
}

/** A compiled program. */
export interface Session {
  /**
   * Runs the program once. The call occupies the process until it returns: nothing else happens meanwhile.
   * @throws Failure `engine/run` where an operator fails.
   */
  run(feeds: ReadonlyMap<string, Values>): Promise<ReadonlyMap<string, Values>>;
  /** Frees the program and its weights. */
  release(): Promise<void>;
}

/** Elements of a tensor in memory, row-major. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;
}
