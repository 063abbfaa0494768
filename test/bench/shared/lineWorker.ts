import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Answer, Program } from "./program.ts";

interface Ready {
  readonly ready: true;
  readonly engine: string;
  readonly blas?: string;
}

/**
 * A program in a process that speaks JSON lines: it says `{"ready": true, …}`, then answers each `{"cmd": "run"}`.
 * @throws Error where it ends before it is ready
 */
export async function startLineWorker<A extends Answer>(
  name: string,
  command: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Program<A>> {
  const child = spawn(command, parameters, { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = once(child, "error").then(([error]) => {
    throw new Error(`${name} cannot be started: ${error.message}`);
  });
  const ready = (await Promise.race([nextLine(name, lines), failed])) as Ready;
  return {
    name,
    pid: processId(child),
    engine: ready.blas === undefined ? ready.engine : `${ready.engine}, ${ready.blas}`,
    run: async () => {
      child.stdin.write(`${JSON.stringify({ cmd: "run" })}\n`);
      return (await nextLine(name, lines)) as A;
    },
    stop: () => child.stdin.end(),
  };
}

async function nextLine(name: string, lines: AsyncIterator<string>): Promise<unknown> {
  const line = await lines.next();
  if (line.done === true) throw new Error(`${name} ended without an answer.`);
  return JSON.parse(line.value);
}

function processId(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("A process that answered has no id.");
  return child.pid;
}
