import { openSync, writeSync } from "node:fs";
import { Failure } from "../../src/core/failure.ts";
import type { Counts, Defect } from "./campaign.ts";
import { exhaust } from "./exhaust.ts";
import { type Input, makeInput } from "./input.ts";
import { type Files, memoryFolder } from "./memoryFolder.ts";
import { type Target, targets } from "./targets.ts";

/**
 * Reads inputs `from … to − 1` of one reader. Before each, its number goes into a file, so that whoever started this
 * process knows which input it died of or hangs at. What was found goes to standard output at the end.
 *
 * Arguments: name of the reader, from, to, file for the number.
 */
const [, , name = "", from = "0", to = "0", progressFile = ""] = process.argv;

/** Processor time that an input may take: what a user waits, on a machine that does nothing else. */
const longest = 2000;
/** Growth of the process's largest size. */
const mostBytes = 2 ** 30;

const target = targets.find((one) => one.name === name);
if (target === undefined) throw new Error(`no reader is named "${name}"`);
process.stdout.write(JSON.stringify(readAll(target)));

function readAll(target: Target): Counts {
  // Not as buffers, whose slices are views.
  const seeds = target.seeds().map((seed) => ({ ...seed, files: asArrays(seed.files) }));
  // What reading takes at all is no growth.
  const intact = new Map(
    seeds.map((seed) => [seed.name, outcome(target, { seed, files: seed.files, overwrites: false }).code]),
  );
  const before = peakBytes();
  const progress = openSync(progressFile, "w");
  const codes: Record<string, number> = {};
  const defects: Defect[] = [];
  let slowest = { milliseconds: 0, index: Number(from) };
  for (let index = Number(from); index < Number(to); index++) {
    writeSync(progress, String(index).padStart(9), 0);
    const input = makeInput(target, seeds, index);
    const peak = peakBytes();
    const start = process.cpuUsage();
    const { code, problem } = outcome(target, input);
    const { user, system } = process.cpuUsage(start);
    const milliseconds = (user + system) / 1000;
    // A good file may hold tensors that are only listed.
    const kind = code === intact.get(input.seed.name) ? "ok" : code;
    codes[kind] = (codes[kind] ?? 0) + 1;
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, index };
    const problems = [
      problem,
      milliseconds > longest ? `took ${milliseconds.toFixed(0)} ms` : undefined,
      peakBytes() - peak > mostBytes ? `took ${peakBytes() - peak} bytes` : undefined,
      Object.keys(Object.prototype).length > 0 ? "changed Object.prototype" : undefined,
    ];
    for (const what of problems) {
      if (what !== undefined) defects.push({ reader: target.name, index, seed: input.seed.name, what });
    }
  }
  const grown = peakBytes() - before;
  if (grown > mostBytes) defects.push({ reader: target.name, index: -1, seed: "all", what: `grew by ${grown} bytes` });
  return { inputs: Number(to) - Number(from), codes, defects, slowest, peakBytes: peakBytes() };
}

function asArrays(files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, new Uint8Array(bytes)]));
}

/** `ok` or the code of the failure; and what happened that may not, where it did. */
function outcome({ read }: Target, { seed, files, overwrites }: Input): { code: string; problem?: string } {
  const folder = memoryFolder(files, overwrites);
  try {
    const failure = exhaust(read(folder.open(seed.main), folder), seed.sampleShape);
    return failure === undefined ? { code: "ok" } : described(failure, "read, but ");
  } catch (error) {
    if (error instanceof Failure) return described(error);
    return { code: "defect", problem: error instanceof Error ? shortStack(error) : String(error) };
  }
}

/** @param prefix tells failures of single tensors and of the graph from those of the whole file. */
function described({ code, message }: Failure, prefix = ""): { code: string; problem?: string } {
  const isOrderly = /^[a-z0-9-]+(?:\/[a-z0-9-]+)?$/.test(code) && message.length > 0 && message.length < 4000;
  return isOrderly
    ? { code: prefix + code }
    : { code: "defect", problem: `a failure of ${message.length} letters: ${code}` };
}

function shortStack({ stack, message }: Error): string {
  return stack?.split("\n").slice(0, 6).join("\n") ?? message;
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
