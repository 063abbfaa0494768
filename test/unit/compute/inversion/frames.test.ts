import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { filmStrip } from "../../../../src/compute/inversion/filmStrip.ts";
import { framesOf, inBytes } from "../../../../src/compute/inversion/frames.ts";

describe("frames of a descent", () => {
  test("lie twice as far apart each time", () => {
    assert.deepEqual([...framesOf(64, 2000, 3072).steps], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
    assert.deepEqual([...framesOf(64, 1, 3072).steps], []);
  });

  test("are skipped evenly where they would take more than 32 MiB", () => {
    const [images, pixels] = [64, 3 * 224 * 224];
    const kept = [...framesOf(images, 2000, pixels).steps];
    assert.equal(kept.length, 3);
    assert.ok(kept.length * images * pixels <= 32 * 2 ** 20);
    assert.deepEqual(kept, [2, 32, 512]);
    assert.deepEqual([...framesOf(10_000, 2000, pixels).steps], []);
  });

  test("become a strip from the seed to the best, at the step that found it", () => {
    const frame = (step: number) => ({ step, pixels: Uint8Array.of(step) });
    const inversion = { pixels: Float32Array.of(1), residual: 0.1, stuck: false };
    const history = [1, 0.5, 0.3, 0.2, 0.1, 0.1, 0.1];
    const strip = filmStrip(Float32Array.of(-3), { ...inversion, history, frames: [1, 2, 4, 5].map(frame) });
    assert.deepEqual(
      strip.map(({ step, pixels }) => [step, pixels[0]]),
      [
        [0, 0],
        [1, 1],
        [2, 2],
        [4, 255],
      ],
    );
    const [only, ...more] = filmStrip(Float32Array.of(0), { ...inversion, history: [0.1, 0.1], frames: [frame(1)] });
    assert.deepEqual([only?.step, more.length], [0, 0]);
  });

  test("hold pixels of [0, 1] as bytes", () => {
    assert.deepEqual([...inBytes(Float32Array.of(-1, 0, 0.5, 1, 7))], [0, 0, 128, 255, 255]);
  });
});
