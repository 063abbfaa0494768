import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import { posix } from "node:path";

/** Text of a system file, or `undefined` where there is none. */
export type ReadText = (path: string) => string | undefined;

/**
 * Bytes of memory that can be taken without pushing anyone else to swap, and without meeting the limit of the control
 * group we run in (containers, batch systems). Free memory alone says too little: on Linux the page cache, which is
 * given back on demand, is not "free", and a group's usage counts it as used.
 */
export function availableMemory(readText: ReadText = readSystemFile): number {
  const meminfo = readText("/proc/meminfo")?.match(/^MemAvailable:\s+(\d+) kB/m);
  const machine = meminfo ? Number(meminfo[1]) * 1024 : freemem();
  return Math.min(machine, ...groupRooms(readText));
}

interface GroupFiles {
  readonly root: string;
  readonly limit: string;
  readonly usage: string;
  /** Field of `memory.stat` with the file pages that go first when memory is short. */
  readonly reclaimable: string;
}

const version1: GroupFiles = {
  root: "/sys/fs/cgroup/memory",
  limit: "memory.limit_in_bytes",
  usage: "memory.usage_in_bytes",
  reclaimable: "total_inactive_file",
};

const version2: GroupFiles = {
  root: "/sys/fs/cgroup",
  limit: "memory.max",
  usage: "memory.current",
  reclaimable: "inactive_file",
};

/** What is left below the limit of each control group above this process; see cgroups(7). */
function* groupRooms(readText: ReadText): Generator<number> {
  for (const line of (readText("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, path] = line.match(/^\d+:([^:]*):(\/.*)$/) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const files = controllers === "" ? version2 : controllers.split(",").includes("memory") ? version1 : undefined;
    if (files === undefined) continue;
    // A limit binds all groups below it. In a container the path may be the host's, of which only the root is visible.
    for (let group = path; ; group = posix.dirname(group)) {
      const room = groupRoom(files, (name) => readText(posix.join(files.root, group, name)));
      if (room !== undefined) yield room;
      if (group === "/") break;
    }
  }
}

function groupRoom(files: GroupFiles, read: ReadText): number | undefined {
  const limit = Number.parseInt(read(files.limit) ?? "", 10);
  const usage = Number.parseInt(read(files.usage) ?? "", 10);
  // "max", and the absence of the files, are no limit.
  if (Number.isNaN(limit) || Number.isNaN(usage)) return undefined;
  const stat = read("memory.stat")?.match(new RegExp(`^${files.reclaimable} (\\d+)$`, "m"));
  return Math.max(0, limit - usage + Number(stat?.[1] ?? 0));
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
