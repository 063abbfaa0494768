import assert from "node:assert/strict";
import { test } from "node:test";
import { availableMemory } from "../../../src/compute/memory.ts";

const meminfo = "MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:    8000000 kB\n";

/** A machine that has these files. */
const machine = (files: Record<string, string>) => (path: string) => new Map(Object.entries(files)).get(path);

test("without control groups it is what the machine has available, not what is free", () => {
  assert.equal(availableMemory(machine({ "/proc/meminfo": meminfo })), 8_000_000 * 1024);
});

test("version 2: the tightest limit on the way up counts, the file cache does not", () => {
  const files = {
    "/proc/meminfo": meminfo,
    "/proc/self/cgroup": "0::/batch.slice/job_7/step_0\n",
    "/sys/fs/cgroup/batch.slice/job_7/step_0/memory.max": "max\n",
    "/sys/fs/cgroup/batch.slice/job_7/step_0/memory.current": "5000\n",
    "/sys/fs/cgroup/batch.slice/job_7/memory.max": "6000\n",
    "/sys/fs/cgroup/batch.slice/job_7/memory.current": "5500\n",
    "/sys/fs/cgroup/batch.slice/job_7/memory.stat": "anon 1500\ninactive_file 4000\nactive_file 0\n",
  };
  assert.equal(availableMemory(machine(files)), 4500);
});

test("version 1: the memory controller's line counts", () => {
  const files = {
    "/proc/meminfo": meminfo,
    "/proc/self/cgroup": "8:pids:/other\n4:cpu,memory:/docker/abc\n0::/\n",
    "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
    "/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes": "100\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "2000\n",
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1900\n",
    "/sys/fs/cgroup/memory/memory.stat": "inactive_file 1\ntotal_inactive_file 300\n",
  };
  assert.equal(availableMemory(machine(files)), 400);
});

test("a group beyond its limit has nothing left", () => {
  const files = {
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.max": "1000\n",
    "/sys/fs/cgroup/memory.current": "1200\n",
  };
  assert.equal(availableMemory(machine(files)), 0);
});

test("this machine has some", () => {
  assert.ok(availableMemory() > 0);
});
