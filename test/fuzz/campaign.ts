import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Something that no reader may do: an exception that is no failure, a hang, a crash, memory beyond reason. */
export interface Defect {
  readonly reader: string;
  readonly index: number;
  readonly seed: string;
  readonly what: string;
}

/** What became of a reader's inputs. */
export interface Counts {
  readonly inputs: number;
  /** How many were read as the good file was (`ok`), or refused, by code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly defects: readonly Defect[];
  /** Processor time of the input that took most. */
  readonly slowest: { readonly milliseconds: number; readonly index: number };
  /** Largest size of the process. */
  readonly peakBytes: number;
}

/** An input at which the process is still after so long, in ms, hangs: five times what an input may take. */
const longestWait = 10_000;

/** A reader that kills so many processes has been heard. */
const mostRestarts = 10;

/** Reads the first `inputs` damaged files of a reader, in a process that may hang or crash, and is then started anew. */
export async function campaign(reader: string, inputs: number): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "likeness-fuzz-"));
  const progressFile = join(folder, "progress");
  const parts: Counts[] = [];
  try {
    for (let from = 0; from < inputs && parts.length < mostRestarts; ) {
      const { output, errors, stuck } = await child(reader, from, inputs, progressFile);
      if (output !== undefined) {
        parts.push(output);
        break;
      }
      const index = lastIndex(progressFile);
      if (index === undefined || index < from) throw new Error(`the reader ${reader} did not start: ${errors}`);
      const what = stuck ? `hung for ${longestWait} ms` : `ended the process: ${errors.slice(-2000)}`;
      parts.push({
        inputs: index + 1 - from,
        codes: { "not counted": index + 1 - from },
        defects: [{ reader, index, seed: "unknown", what }],
        slowest: { milliseconds: 0, index },
        peakBytes: 0,
      });
      from = index + 1;
    }
    return sum(parts);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface ChildEnd {
  /** Absent where the process did not come to its end. */
  readonly output?: Counts;
  readonly errors: string;
  readonly stuck: boolean;
}

function child(reader: string, from: number, to: number, progressFile: string): Promise<ChildEnd> {
  const script = join(import.meta.dirname, "child.ts");
  const args = ["--max-old-space-size=1024", script, reader, String(from), String(to), progressFile];
  const started = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors, stuck] = ["", "", false];
  started.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  started.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  let seen = { index: lastIndex(progressFile), since: performance.now() };
  const watch = setInterval(() => {
    const index = lastIndex(progressFile);
    if (index !== seen.index) seen = { index, since: performance.now() };
    if (performance.now() - seen.since < longestWait) return;
    stuck = true;
    started.kill("SIGKILL");
  }, 500);
  return new Promise((resolve, reject) => {
    started.on("error", reject);
    started.on("close", (status) => {
      clearInterval(watch);
      resolve({ errors, stuck, ...(status === 0 && { output: JSON.parse(output) as Counts }) });
    });
  });
}

/** The input that a child last began; none where it has not begun. */
function lastIndex(progressFile: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(progressFile, "utf8"), 10);
  } catch {
    return undefined;
  }
}

function sum(parts: readonly Counts[]): Counts {
  const codes: Record<string, number> = {};
  for (const part of parts) {
    for (const [code, count] of Object.entries(part.codes)) codes[code] = (codes[code] ?? 0) + count;
  }
  return {
    inputs: parts.reduce((total, { inputs }) => total + inputs, 0),
    codes,
    defects: parts.flatMap(({ defects }) => defects),
    slowest: parts.map(({ slowest }) => slowest).reduce((a, b) => (a.milliseconds < b.milliseconds ? b : a)),
    peakBytes: Math.max(...parts.map(({ peakBytes }) => peakBytes)),
  };
}
