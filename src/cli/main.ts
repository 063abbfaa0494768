import { ComputeProcess } from "../client/computeProcess.ts";
import { Failure, failureRecord } from "../core/failure.ts";
import type { Report } from "../core/report/report.ts";
import { reportSummary } from "../core/report/summary.ts";
import { plain } from "../core/report/terminal.ts";
import { version } from "../core/version.ts";
import { type Command, commands } from "./commands.ts";
import { commandHelp, overview } from "./help.ts";
import { Input, jsonTarget } from "./input.ts";
import {
  type Destinations,
  destinations,
  makeFolders,
  standardOutput,
  writeCsv,
  writeHtml,
  writeJson,
} from "./outputs.ts";
import { inLog, onTerminal, type ProgressDisplay, silent } from "./progressDisplay.ts";
import { nearest, UsageError } from "./usage.ts";

/** A stream to write to, which may be a terminal. */
export interface Output {
  write(text: string): void;
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(count: number): boolean;
}

/** What the command line runs in. */
export interface Surroundings {
  readonly out: Output;
  readonly err: Output;
  /** Aborts when the user wants no answer any more. */
  readonly signal: AbortSignal;
  /** Absolute path of the compute process's script. */
  readonly computeEntry: string;
  /** Absolute path of the folder with the page's script and style. */
  readonly pageAssets: string;
}

const exitCodes = { done: 0, failed: 1, wrongUsage: 2, cancelled: 130 };

/** Runs one command; answers the exit code. Never throws. */
export async function main(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    await obey(args, around);
    return exitCodes.done;
  } catch (error) {
    return await complain(error, args, around);
  }
}

async function obey(args: readonly string[], around: Surroundings): Promise<void> {
  const [name, ...rest] = args;
  if (name === "--version") return around.out.write(`${version}\n`);
  if (name === "--help" || name === "-h" || name === "help") return around.out.write(overview());
  const command = commandNamed(name);
  const input = Input.parse(rest, command.flags);
  if (input.help) return around.out.write(commandHelp(command, width(around.out)));
  const { length } = input.operands;
  if (length < command.fewest || length > command.most) {
    throw new UsageError(`likeness ${command.name} takes ${command.operands}; ${length} were given.`);
  }
  const places = destinations(input);
  await makeFolders(places);
  await deliver(await answer(command, input, places, around), places, around);
}

function commandNamed(name: string | undefined): Command {
  const names = commands.map((command) => command.name);
  if (name === undefined) throw new UsageError(`A command is missing: ${names.join(", ")}. likeness --help says more.`);
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const meant = nearest(name, names);
  throw new UsageError(
    `There is no command ${name}. ${meant === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${meant}?`}`,
  );
}

/** Asks the compute process, which lives for this one question. */
async function answer(command: Command, input: Input, places: Destinations, around: Surroundings): Promise<Report> {
  const { signal, err, computeEntry } = around;
  const log = input.verbose ? (line: string) => err.write(`${plain(line)}\n`) : () => {};
  const compute = new ComputeProcess({ entry: computeEntry, log });
  const display = displayFor(err, places);
  try {
    return await command.ask(input, compute, { signal, onProgress: (progress) => display.show(progress) });
  } finally {
    display.end();
    compute.dispose();
  }
}

function displayFor(err: Output, places: Destinations): ProgressDisplay {
  const write = (text: string): void => err.write(text);
  if (err.isTTY) return onTerminal(write, () => width(err));
  // Whoever takes JSON from standard output and gives us no terminal is a program, and waits.
  return places.json === standardOutput ? silent : inLog(write);
}

async function deliver(report: Report, places: Destinations, { out, pageAssets }: Surroundings): Promise<void> {
  if (places.html !== undefined) await writeHtml(places.html, report, pageAssets);
  if (places.csv !== undefined) await writeCsv(places.csv, report);
  if (places.json !== undefined) await writeJson(places.json, report, (text) => out.write(text));
  else out.write(`${reportSummary(report, { colour: out.hasColors?.(2 ** 24) ?? false, width: width(out) })}\n`);
}

/** Says what went wrong, in one line and, where JSON was asked for, in JSON. */
async function complain(error: unknown, args: readonly string[], { out, err }: Surroundings): Promise<number> {
  const record = error instanceof UsageError ? { code: "usage", message: error.message } : failureRecord(error);
  const { code, message, file, hint } = record.code === "internal" ? { ...record, hint: defect } : record;
  const parts = [file === undefined ? "" : `${file}:`, message, hint ?? "", `[${code}]`];
  err.write(
    `likeness: ${plain(
      parts
        .filter((part) => part !== "")
        .join(" ")
        .replace(/\s+/g, " "),
    )}\n`,
  );
  const target = jsonTarget(args);
  if (target !== undefined) {
    try {
      await writeJson(target, { error: record }, (text) => out.write(text));
    } catch {
      // The line above has said what matters.
    }
  }
  if (error instanceof UsageError) return exitCodes.wrongUsage;
  return error instanceof Failure && error.code === "cancelled" ? exitCodes.cancelled : exitCodes.failed;
}

const defect = "This is a defect of Likeness; with --verbose the compute process says more.";

/** Columns; a terminal that does not know its own says 0. */
function width(output: Output): number {
  return output.columns || 100;
}
