import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Failure } from "../../core/failure.ts";

/** A run of the user's Python, as it is shown before it begins. */
export interface ExportRun {
  /** Absolute path of the interpreter. */
  readonly interpreter: string;
  readonly args: readonly string[];
  /** Absolute path of the folder that it runs in. */
  readonly folder: string;
}

/** Building a network takes seconds; importing what a training imports, a minute at most. */
const timeoutMilliseconds = 5 * 60_000;
/** How long a process that was told to end may take before it is made to. */
const graceMilliseconds = 2000;

/** One line of what the script says. */
interface ExportEvent {
  readonly event: "began" | "note" | "done" | "error";
  readonly path?: string;
  readonly message?: string;
}

/**
 * Runs the export script, without a shell, to its end.
 * @param log takes what the process says.
 * @returns absolute path of the file that it wrote.
 * @throws Failure `export/failed` with the script's own reason, `export/timeout`, `cancelled`
 */
export async function runExport(
  { interpreter, args, folder }: ExportRun,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<string> {
  const child = spawn(interpreter, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  const stop = AbortSignal.any([signal, timeout]);
  const end = (): void => {
    child.kill();
    setTimeout(() => child.kill("SIGKILL"), graceMilliseconds).unref();
  };
  stop.addEventListener("abort", end, { once: true });
  if (stop.aborted) end();
  let written: string | undefined;
  let reason: string | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = eventOf(line);
    if (event === undefined) return log(line);
    log(event.message ?? event.path ?? event.event);
    if (event.event === "done") written = event.path;
    else if (event.event === "error") reason = event.message;
  });
  let last = "";
  createInterface({ input: child.stderr }).on("line", (line) => {
    log(line);
    if (line.trim() !== "") last = line;
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on("error", (error) => {
      reason = error.message;
      resolve(null);
    });
    child.on("close", resolve);
  });
  stop.removeEventListener("abort", end);
  if (signal.aborted) throw new Failure("cancelled", "Cancelled.");
  if (timeout.aborted) {
    throw new Failure(
      "export/timeout",
      `Python did not come to an end within ${timeoutMilliseconds / 60_000} minutes.`,
      {
        hint: 'What is imported to build the network may start a training: put that under `if __name__ == "__main__"`.',
      },
    );
  }
  if (code === 0 && written !== undefined) return written;
  throw new Failure("export/failed", `The architecture was not exported: ${reason ?? (last || `exit code ${code}`)}`, {
    file: interpreter,
    hint: "The log has everything that Python said.",
  });
}

function eventOf(line: string): ExportEvent | undefined {
  if (!line.startsWith('{"event"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
