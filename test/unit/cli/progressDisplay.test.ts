import assert from "node:assert/strict";
import { test } from "node:test";
import { inLog, onTerminal } from "../../../src/cli/progressDisplay.ts";

/** A display whose clock the test moves, and what it wrote. */
function recorded(make: (write: (text: string) => void, now: () => number) => ReturnType<typeof inLog>) {
  const clock = { seconds: 0 };
  const written: string[] = [];
  const display = make(
    (text) => void written.push(text.replaceAll("\u00a0", " ")),
    () => clock.seconds * 1000,
  );
  return { clock, written, display };
}

test("a terminal has one line that is written over, with the time left", () => {
  const { clock, written, display } = recorded((write, now) => onTerminal(write, () => 30, now));
  display.show({ phase: "Comparing", done: 0, total: 512 });
  clock.seconds = 4;
  display.show({ phase: "Comparing", done: 128, total: 512 });
  display.end();
  assert.deepEqual(written, ["\r\u001b[KComparing 0 %", "\r\u001b[KComparing 25 %, 12 s left", "\r\u001b[K"]);
});

test("a line never reaches the edge, and control characters never the terminal", () => {
  const { written, display } = recorded((write, now) => onTerminal(write, () => 10, now));
  display.show({ phase: "Reading \u001b[2Ja-long-name" });
  assert.deepEqual(written, ["\r\u001b[KReading �"]);
});

test("an estimate of long work stays on the screen, one of short work is not shown", () => {
  const { written, display } = recorded((write, now) => onTerminal(write, () => 80, now));
  display.show({ phase: "Comparing", estimate: { seconds: 1, memoryMB: 100 } });
  display.show({ phase: "Comparing", estimate: { seconds: 75, memoryMB: 2048 } });
  assert.ok(written.includes("\r\u001b[KThis takes about 1 min 15 s and 2.0 GB of memory.\n"));
  assert.equal(written.filter((text) => text.includes("This takes")).length, 1);
});

test("a log has nothing of quick work, then a line per phase and one every ten seconds", () => {
  const { clock, written, display } = recorded((write, now) => inLog(write, now));
  const at = (seconds: number, phase: string, done: number): void => {
    clock.seconds = seconds;
    display.show({ phase, done, total: 100 });
  };
  at(0, "Reading", 0);
  at(4, "Comparing", 0);
  assert.deepEqual(written, []);
  at(6, "Comparing", 10);
  at(9, "Comparing", 20);
  at(17, "Comparing", 50);
  at(18, "Measuring", 0);
  assert.deepEqual(written, ["Comparing 10 %, 18 s left\n", "Comparing 50 %, 13 s left\n", "Measuring 0 %\n"]);
});
