import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, constants, setPriority } from "node:os";
import { Failure } from "../core/failure.ts";
import { availableMemory } from "./memory.ts";

/** A training on the same machine comes first: what this process takes of the processor and of memory. */

/**
 * Puts this process behind every other that wants the processor. Call it before the engine is loaded: on Linux each
 * thread has its own niceness, which it takes from the thread that starts it.
 */
export function yieldToOthers(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
    // Linux shares the processor among sessions before it looks at niceness within one (sched(7), autogroups).
    // Whoever forks us there gives us a session of our own; this makes that one yield to the training's.
    if (process.platform === "linux") writeFileSync("/proc/self/autogroup", String(constants.priority.PRIORITY_LOW));
  } catch {
    // A system that knows no such setting, or forbids it, runs us like any other process.
  }
}

/**
 * How many threads the engine may use unless told otherwise: all physical cores on a small machine, where one core
 * less would cost up to half the speed and low priority already protects others; one less than all where there are
 * more than four, so that a data loader finds a core awake. Never more than the system lets this process use: ONNX
 * Runtime's spinning threads halve its speed when they outnumber the cores.
 */
export function threadCap(cores: number = usableCores()): number {
  return cores > 4 ? cores - 1 : Math.max(1, cores);
}

/** Physical cores within this process's affinity and quota. Two hardware threads of one core gain matrices nothing. */
function usableCores(): number {
  const allowed = availableParallelism();
  const physical = process.platform === "linux" ? physicalCores(readCpuInfo()) : undefined;
  // A virtual machine of two processors may present them as one core; leaving one of them out is no courtesy.
  return Math.min(allowed, Math.max(2, physical ?? allowed));
}

/** Number of distinct cores that `/proc/cpuinfo` lists; `undefined` where it does not name cores (ARM, some guests). */
export function physicalCores(cpuInfo: string): number | undefined {
  const cores = new Set<string>();
  for (const processor of cpuInfo.split("\n\n")) {
    const core = processor.match(/^core id\s*:\s*(\d+)$/m)?.[1];
    if (core !== undefined) cores.add(`${processor.match(/^physical id\s*:\s*(\d+)$/m)?.[1]}:${core}`);
  }
  return cores.size === 0 ? undefined : cores.size;
}

function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}

/** Part of the available memory that one request may take: the rest is room for a training to grow into. */
const share = 0.8;

/**
 * Refuses work that would take more than its share of the available memory.
 * @param needed bytes that the work is estimated to take at its peak
 * @param available bytes, as {@link availableMemory} finds them
 * @throws Failure `memory/not-enough`
 */
export function requireMemory(needed: number, available: number = availableMemory()): void {
  if (needed <= memoryBudget(available)) return;
  throw new Failure(
    "memory/not-enough",
    `This needs about ${gigabytes(needed)}, and of the ${gigabytes(available)} available only ` +
      `${gigabytes(memoryBudget(available))} are taken, so that other programs keep room.`,
    { hint: "Use fewer samples, a smaller batch, fewer taps or the minibatch estimator, or end other programs." },
  );
}

/** Bytes that one request may take of what is available. */
export function memoryBudget(available: number = availableMemory()): number {
  return available * share;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
