import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Descent, descend } from "../../../../../src/core/methods/inversion/descent.ts";
import { preset, type StepRule } from "../../../../../src/core/methods/inversion/presets.ts";

/** r(x) = ‖A(x − t)‖ / ‖A t‖ for a diagonal A, with its gradient. */
function bowl(scales: readonly number[], target: readonly number[]) {
  const size = Math.hypot(...scales.map((scale, i) => scale * target[i]!));
  return (x: Float32Array) => {
    const off = scales.map((scale, i) => scale * (x[i]! - target[i]!));
    const length = Math.hypot(...off);
    const gradient = Float32Array.from(scales, (scale, i) => (scale * off[i]!) / (length * size || 1));
    return { residual: length / size, gradient };
  };
}

function run(descent: Descent, evaluate: ReturnType<typeof bowl>): Descent {
  for (let i = 0; i < 20_000 && !descent.done; i++) {
    assert.ok(descent.point.every((pixel) => pixel >= 0 && pixel <= 1));
    const { residual, gradient } = evaluate(descent.point);
    descent.take(residual, gradient);
  }
  assert.ok(descent.done);
  return descent;
}

const momentum: StepRule = { kind: "momentum", step: 1 / 8, momentum: 0.9 };

describe("descent with momentum", () => {
  test("does, step by step, what is published", () => {
    const seed = Float32Array.of(0.2, 0.9, 0.5);
    const evaluate = bowl([1, 2, 0.5], [0.8, 0.1, 0.6]);
    const descent = descend(momentum, seed, 12);
    let x = [...seed];
    let v = [0, 0, 0];
    for (let step = 0; step < 12; step++) {
      const { residual, gradient } = evaluate(descent.point);
      for (const [i, pixel] of x.entries()) assert.ok(Math.abs(descent.point[i]! - pixel) < 1e-6);
      descent.take(residual, gradient);
      const norm = Math.hypot(...gradient);
      v = v.map((old, i) => 0.9 * old + (0.1 * gradient[i]!) / norm);
      x = x.map((pixel, i) => Math.min(1, Math.max(0, pixel - v[i]! / 8)));
    }
    assert.ok(!descent.done);
    descent.take(9, new Float32Array(3));
    assert.ok(descent.done);
    assert.equal(descent.history.length, 13);
  });

  test("keeps the best of all evaluations", () => {
    const descent = descend({ ...momentum, step: 1, momentum: 0 }, Float32Array.of(0.5), 2);
    descent.take(0.4, Float32Array.of(1));
    assert.equal(descent.point[0], 0);
    descent.take(0.9, Float32Array.of(-1));
    descent.take(0.7, Float32Array.of(1));
    assert.equal(descent.residual, 0.4);
    assert.deepEqual([...descent.best], [0.5]);
    assert.deepEqual(descent.history, [0.4, 0.4, 0.4]);
  });

  test("shows the network a seed beyond [0, 1] clamped, and passes no gradient through the clamp", () => {
    const descent = descend({ kind: "momentum", step: 0.5, momentum: 0 }, Float32Array.of(-2, 0.5), 5);
    assert.deepEqual([...descent.point], [0, 0.5]);
    descent.take(1, Float32Array.of(-100, 1));
    // All of the unit gradient is the second pixel's; the first was only clamped.
    assert.deepEqual([...descent.point], [0, 0]);
    descent.take(0.9, Float32Array.of(-100, 0));
    assert.deepEqual([...descent.point], [0.5, 0]);
  });

  test("stays where no gradient leads on, and says so", () => {
    const descent = descend({ kind: "momentum", step: 0.5, momentum: 0 }, Float32Array.of(0.25), 5);
    descent.take(1, Float32Array.of(0));
    assert.ok(descent.done && descent.stuck);
    assert.deepEqual([...descent.best], [0.25]);
    const broken = descend(momentum, Float32Array.of(0.25), 5);
    broken.take(Number.NaN, Float32Array.of(Number.NaN));
    assert.ok(broken.done && broken.stuck);
    assert.deepEqual([...broken.best], [0.25]);
  });
});

describe("quasi-Newton descent", () => {
  const fast = preset("fast");
  const scales = Array.from({ length: 40 }, (_, i) => 0.05 + (i / 20) ** 2);
  const inside = scales.map((_, i) => 0.2 + (0.6 * ((i * 7) % 11)) / 11);

  test("reaches in a tenth of the evaluations what unit gradients reach", () => {
    const seed = new Float32Array(40).fill(0.5);
    const slow = run(descend(momentum, seed, 2000), bowl(scales, inside));
    const rule: StepRule = { ...(fast.rule as StepRule & { kind: "quasi-newton" }), tolerance: slow.residual };
    const quick = run(descend(rule, seed, 2000), bowl(scales, inside));
    assert.ok(quick.residual <= slow.residual);
    assert.ok(quick.history.length <= 200, `${quick.history.length} evaluations`);
  });

  test("ends at the tolerance, at the bound of steps, and where nothing is gained", () => {
    const seed = new Float32Array(40).fill(0.5);
    const near = run(descend(fast.rule, seed, 400), bowl(scales, inside));
    assert.ok(near.residual <= 0.01 && near.history.length < 60);
    assert.equal(run(descend(fast.rule, seed, 3), bowl(scales, inside)).history.length, 4);
    // The nearest point of the box is not near enough.
    const beyond = run(descend(fast.rule, new Float32Array(2).fill(0.25), 400), bowl([1, 1], [2, 0.5]));
    assert.ok(beyond.history.length < 100);
    assert.ok(Math.abs(beyond.best[0]! - 1) < 1e-6 && Math.abs(beyond.best[1]! - 0.5) < 1e-2);
  });

  test("goes no further at a time than it may", () => {
    const seed = new Float32Array(40).fill(0.5);
    const descent = descend(fast.rule, seed, 400);
    const evaluate = bowl(scales, inside);
    let before = descent.point.slice();
    while (!descent.done) {
      const { residual, gradient } = evaluate(descent.point);
      descent.take(residual, gradient);
      assert.ok(Math.hypot(...descent.point.map((pixel, i) => pixel - before[i]!)) < 0.5 + 1e-5);
      before = descent.point.slice();
    }
  });
});
