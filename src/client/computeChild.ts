import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createMessageConnection, type MessageConnection } from "vscode-jsonrpc";
import { IPCMessageReader, IPCMessageWriter } from "vscode-jsonrpc/node";

/** How a compute process ended. */
export interface Death {
  /** For a sentence: `was ended by SIGKILL`, `exited with code 1`. */
  readonly how: string;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to its standard error. */
  readonly lastLines: readonly string[];
}

const keptLines = 12;

/**
 * How the compute process gets its memory. The C library of Linux serves blocks of up to 32 MiB from its heap as soon as
 * some that large were freed, and a heap with gaps is never given back: a network's weights stay there several times over.
 * With a fixed limit large blocks are the system's own again. Elsewhere the variable means nothing.
 */
export const allocation = { MALLOC_MMAP_THRESHOLD_: `${2 ** 20}` };

/** One forked compute process with the connection to it. */
export class ComputeChild {
  readonly connection: MessageConnection;
  /** Settles when the process has ended and its output is read; never rejects. */
  readonly death: Promise<Death>;
  private readonly process: ChildProcess;
  private readonly lastLines: string[] = [];

  constructor(entry: string, log: (line: string) => void) {
    this.process = fork(entry, [], {
      // Electron's binary behaves as Node with this variable set; Node ignores it.
      env: { ...process.env, ...allocation, ELECTRON_RUN_AS_NODE: "1" },
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Structured clone: typed arrays arrive as typed arrays, and a million numbers in 12 ms instead of 300.
      serialization: "advanced",
      // A session of its own, in which `yieldToOthers` makes it yield to every other session.
      detached: process.platform === "linux",
    });
    this.death = new Promise((resolve) => {
      const died = (how: string, signal: NodeJS.Signals | null): void =>
        resolve({ how, signal, lastLines: this.lastLines });
      this.process.on("close", (code, signal) =>
        died(signal === null ? `exited with code ${code}` : `was ended by ${signal}`, signal),
      );
      this.process.on("error", (error) => {
        log(error.message);
        if (this.process.pid === undefined) died(`could not be started: ${error.message}`, null);
      });
    });
    forEachLine(this.process.stdout, log);
    forEachLine(this.process.stderr, (line) => {
      log(line);
      // Stack frames and blank lines would push out the sentence that says what happened; the log has them.
      if (/^\s*(at .*)?$/.test(line)) return;
      this.lastLines.push(line.trim());
      if (this.lastLines.length > keptLines) this.lastLines.shift();
    });
    this.connection = createMessageConnection(new IPCMessageReader(this.process), new IPCMessageWriter(this.process));
    this.connection.onError(([error]) => log(error.message));
    this.connection.listen();
  }

  /** Process id, for messages; `undefined` where the process could not be started. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  /** Ends the process at once, even in the midst of a native call, and rejects what is asked of it. */
  end(): void {
    this.connection.dispose();
    this.process.kill("SIGKILL");
  }
}

function forEachLine(stream: Readable | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on("line", take);
}
