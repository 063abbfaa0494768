import assert from "node:assert/strict";
import { test } from "node:test";
import { physicalCores, requireMemory, threadCap } from "../../../src/compute/courtesy.ts";

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
