import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** What Linux knows about processes and their load. Times are in clock ticks, of which there are 100 a second. */

export const ticksPerSecond = 100;

/** Ticks that all processors have spent on anything but idling since the start of the system. */
export function busyTicks(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readFileSync("/proc/stat", "latin1")
    .slice(0, 200)
    .split(/\s+/, 9)
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

/** Ticks that one process has used in all its threads. */
export function ticksOf(pid: number): number {
  const fields = statOf(pid);
  return Number(fields[11]) + Number(fields[12]);
}

/** Processes whose parent is `pid`. */
export function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
}

/** Starts the peak of a process's resident memory anew, from what it holds now. */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Highest resident memory of a process in MiB since it started or since the last reset. */
export function peakMemory(pid: number): number {
  const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(found?.[1]) / 1024;
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    // It ended between the listing and now.
    return undefined;
  }
}

/** Fields of `/proc/PID/stat` from the state on (proc(5): the third), past the name, which may hold anything. */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}
