import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Inverting, type Tasks } from "../../../../src/compute/inversion/inverting.ts";
import type { StepRunner } from "../../../../src/compute/inversion/stepRunner.ts";
import { resumed } from "../../../../src/compute/inversion/storedInversions.ts";
import { preset } from "../../../../src/core/methods/inversion/presets.ts";

/** Each image is one pixel, its own representation. */
function runner(batch: number, sizes: number[] = []): StepRunner {
  return {
    batch,
    notices: [],
    async run(wanted) {
      sizes.push(wanted.length);
      return wanted.map(({ point, target }) => {
        const off = point[0]! - target[0]!;
        const gradient = Float32Array.of(Math.sign(off) / target[0]!);
        return { residual: Math.abs(off) / target[0]!, gradient, difference: Float32Array.of(off) };
      });
    },
    release: async () => {},
  };
}

const tasks: Tasks = {
  count: 7,
  seed: (position) => Float32Array.of(position / 10),
  target: () => Float32Array.of(0.52),
};
const { rule } = preset("jones");
const nobody = new AbortController().signal;

describe("inverting", () => {
  test("gives every image all its steps, in runs of at most the batch", async () => {
    const inverting = new Inverting(tasks.count, rule, 20);
    const sizes: number[] = [];
    await inverting.go(runner(3, sizes), tasks, nobody, () => {});
    assert.deepEqual(new Set(sizes), new Set([3, 1]));
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      7 * 21,
    );
    assert.deepEqual(inverting.progress, { done: 7 * 21, total: 7 * 21 });
    for (const { residual, history } of inverting.result ?? []) {
      assert.equal(history.length, 21);
      assert.ok(residual < 0.1);
    }
  });

  test("goes on where it was interrupted, to the same end", async () => {
    const whole = new Inverting(tasks.count, rule, 20);
    await whole.go(runner(3), tasks, nobody, () => {});
    const key = { ...keyFields, value: "resumed" };
    const parts = resumed(key, () => new Inverting(tasks.count, rule, 20));
    const reason = new Error("enough");
    for (const after of [5, 30]) {
      const controller = new AbortController();
      const sizes: number[] = [];
      const stop = () => {
        if (sizes.length === after) controller.abort(reason);
      };
      const again = resumed(key, () => new Inverting(1, rule, 1));
      assert.equal(again, parts);
      await assert.rejects(again.go(runner(3, sizes), tasks, controller.signal, stop), reason);
      assert.equal(again.result, undefined);
    }
    await parts.go(runner(3), tasks, nobody, () => {});
    assert.deepEqual(parts.result, whole.result);
  });

  test("keeps frames of the first images after the steps named, each the best so far", async () => {
    const inverting = new Inverting(tasks.count, rule, 20, { images: 2, steps: new Set([1, 4, 300]) });
    await inverting.go(runner(3), tasks, nobody, () => {});
    const [first, second, third] = inverting.result ?? [];
    assert.deepEqual(
      [first, second, third].map((each) => each?.frames.map(({ step }) => step)),
      [[1, 4], [1, 4], []],
    );
    const [after1 = 0, after4 = 0] = first?.frames.map(({ pixels }) => pixels[0]!) ?? [];
    assert.ok(after1 > 0 && after4 > after1 && after4 <= 255 * 0.52);
  });

  test("lets images that are done make room", async () => {
    const inverting = new Inverting(tasks.count, preset("fast").rule, 420);
    const sizes: number[] = [];
    await inverting.go(runner(4, sizes), tasks, nobody, () => {});
    const evaluations = (inverting.result ?? []).reduce((sum, { history }) => sum + history.length, 0);
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      evaluations,
    );
    assert.ok((inverting.result ?? []).every(({ residual }) => residual <= 0.01));
    assert.ok(evaluations < 7 * 150);
  });
});

const keyFields = {
  kind: "inversion",
  graph: "",
  weights: "",
  value: "",
  probe: "",
  preprocessing: "",
  estimator: "full",
  partition: "",
  provider: "cpu",
  precision: "float32",
  engine: "",
} as const;
