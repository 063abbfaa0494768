import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { physicalCores, requireMemory, threadCap } from "../../../src/compute/courtesy.ts";

const courtesy = new URL("../../../src/compute/courtesy.ts", import.meta.url).href;

test("small machines are used whole, larger ones but for one core", () => {
  assert.deepEqual(
    [1, 2, 4, 5, 8, 64].map((cores) => threadCap(cores)),
    [1, 2, 4, 4, 7, 63],
  );
  assert.ok(threadCap() >= 1);
});

test("hardware threads of one core count once", () => {
  const processor = (socket: number, core: number) =>
    `processor\t: 0\nphysical id\t: ${socket}\nsiblings\t: 4\ncore id\t\t: ${core}\ncpu cores\t: 2\n`;
  const twoSockets = [processor(0, 0), processor(0, 1), processor(0, 0), processor(1, 0)];
  assert.equal(physicalCores(twoSockets.join("\n")), 3);
  assert.equal(physicalCores("processor\t: 0\nBogoMIPS\t: 50.00\n"), undefined);
});

test("a request that leaves others no room is refused with its numbers", () => {
  const gibibyte = 2 ** 30;
  requireMemory(8 * gibibyte, 10 * gibibyte);
  assert.throws(() => requireMemory(9 * gibibyte, 10 * gibibyte), {
    code: "memory/not-enough",
    message: /9\.0 GiB.*10\.0 GiB.*8\.0 GiB/,
    hint: /batch/,
  });
});

test("a process that yields does so within its session and among sessions", {
  skip: process.platform !== "linux",
}, () => {
  const script = `
    const { yieldToOthers } = await import(${JSON.stringify(courtesy)});
    yieldToOthers();
    const { existsSync, readFileSync } = await import("node:fs");
    const file = "/proc/self/autogroup";
    console.log((await import("node:os")).getPriority(), existsSync(file) ? readFileSync(file, "utf8") : "nice 19");`;
  // A session of its own, as the client gives the compute process: its autogroup is not the tests'.
  const options = { detached: true, encoding: "utf8" } as const;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], options);
  assert.match(stdout, /^19 .*nice 19$/m);
});
