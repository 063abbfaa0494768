import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Descent, descend } from "../../../../../src/core/methods/inversion/descent.ts";
import { preset, type StepRule } from "../../../../../src/core/methods/inversion/presets.ts";

/** r(x) = ‖A(x − t)‖ / ‖A t‖ for a diagonal A, with its gradient and A(x − t). */
function bowl(scales: readonly number[], target: readonly number[]) {
  const size = Math.hypot(...scales.map((scale, i) => scale * target[i]!));
  return (x: Float32Array) => {
    const off = scales.map((scale, i) => scale * (x[i]! - target[i]!));
    const length = Math.hypot(...off);
    const gradient = Float32Array.from(scales, (scale, i) => (scale * off[i]!) / (length * size || 1));
    return { residual: length / size, gradient, difference: Float32Array.from(off) };
  };
}

function run(descent: Descent, evaluate: ReturnType<typeof bowl>): Descent {
  for (let i = 0; i < 20_000 && !descent.done; i++) {
    assert.ok(descent.point.every((pixel) => pixel >= 0 && pixel <= 1));
    const { residual, gradient, difference } = evaluate(descent.point);
    descent.take(residual, gradient, difference);
  }
  assert.ok(descent.done);
  return descent;
}

/** Momentum does not look at differences. */
const any = new Float32Array();

const momentum: StepRule = { kind: "momentum", step: 1 / 8, momentum: 0.9 };

describe("descent with momentum", () => {
  test("does, step by step, what is published", () => {
    const seed = Float32Array.of(0.2, 0.9, 0.5);
    const evaluate = bowl([1, 2, 0.5], [0.8, 0.1, 0.6]);
    const descent = descend(momentum, seed, 12);
    let x = [...seed];
    let v = [0, 0, 0];
    for (let step = 0; step < 12; step++) {
      const { residual, gradient, difference } = evaluate(descent.point);
      for (const [i, pixel] of x.entries()) assert.ok(Math.abs(descent.point[i]! - pixel) < 1e-6);
      descent.take(residual, gradient, difference);
      const norm = Math.hypot(...gradient);
      v = v.map((old, i) => 0.9 * old + (0.1 * gradient[i]!) / norm);
      x = x.map((pixel, i) => Math.min(1, Math.max(0, pixel - v[i]! / 8)));
    }
    assert.ok(!descent.done);
    descent.take(9, new Float32Array(3), any);
    assert.ok(descent.done);
    assert.equal(descent.history.length, 13);
  });

  test("keeps the best of all evaluations", () => {
    const descent = descend({ ...momentum, step: 1, momentum: 0 }, Float32Array.of(0.5), 2);
    descent.take(0.4, Float32Array.of(1), any);
    assert.equal(descent.point[0], 0);
    descent.take(0.9, Float32Array.of(-1), any);
    descent.take(0.7, Float32Array.of(1), any);
    assert.equal(descent.residual, 0.4);
    assert.deepEqual([...descent.best], [0.5]);
    assert.deepEqual(descent.history, [0.4, 0.4, 0.4]);
  });

  test("shows the network a seed beyond [0, 1] clamped, and passes no gradient through the clamp", () => {
    const descent = descend({ kind: "momentum", step: 0.5, momentum: 0 }, Float32Array.of(-2, 0.5), 5);
    assert.deepEqual([...descent.point], [0, 0.5]);
    descent.take(1, Float32Array.of(-100, 1), any);
    // All of the unit gradient is the second pixel's; the first was only clamped.
    assert.deepEqual([...descent.point], [0, 0]);
    descent.take(0.9, Float32Array.of(-100, 0), any);
    assert.deepEqual([...descent.point], [0.5, 0]);
  });

  test("stays where no gradient leads on, and says so", () => {
    const descent = descend({ kind: "momentum", step: 0.5, momentum: 0 }, Float32Array.of(0.25), 5);
    descent.take(1, Float32Array.of(0), any);
    assert.ok(descent.done && descent.stuck);
    assert.deepEqual([...descent.best], [0.25]);
    const broken = descend(momentum, Float32Array.of(0.25), 5);
    broken.take(Number.NaN, Float32Array.of(Number.NaN), any);
    assert.ok(broken.done && broken.stuck);
    assert.deepEqual([...broken.best], [0.25]);
  });
});

describe("damped Gauss–Newton", () => {
  const fast = preset("fast");
  assert.ok(fast.rule.kind === "gauss-newton");
  const { rule } = fast;
  const scales = Array.from({ length: 40 }, (_, i) => 0.05 + (i / 20) ** 2);
  const inside = scales.map((_, i) => 0.2 + (0.6 * ((i * 7) % 11)) / 11);
  const seed = new Float32Array(40).fill(0.5);

  test("begins with the published steps", () => {
    const evaluate = bowl(scales, inside);
    const [published, own] = [descend(momentum, seed, 400), descend({ ...rule, tolerance: 0 }, seed, 400)];
    for (let step = 0; step < rule.start.steps; step++) {
      assert.deepEqual([...own.point], [...published.point]);
      for (const descent of [published, own]) {
        const { residual, gradient, difference } = evaluate(descent.point);
        descent.take(residual, gradient, difference);
      }
    }
    assert.deepEqual(own.history, published.history);
  });

  test("reaches in a fifth of the evaluations a tenth of what unit gradients reach", () => {
    const slow = run(descend(momentum, seed, 2000), bowl(scales, inside));
    const quick = run(descend({ ...rule, tolerance: slow.residual / 10 }, seed, 400), bowl(scales, inside));
    assert.ok(quick.residual <= slow.residual / 10, `${quick.residual} of ${slow.residual}`);
  });

  test("ends at the tolerance, at the bound of steps, and where nothing is gained", () => {
    const near = run(descend(rule, seed, 400), bowl(scales, inside));
    assert.ok(near.residual <= rule.tolerance && near.history.length < 200);
    assert.equal(run(descend(rule, seed, 3), bowl(scales, inside)).history.length, 4);
    // The nearest point of the box is not near enough.
    const beyond = run(descend(rule, new Float32Array(2).fill(0.25), 400), bowl([1, 1], [2, 0.5]));
    assert.ok(beyond.history.length < 250);
    assert.ok(Math.abs(beyond.best[0]! - 1) < 1e-6 && Math.abs(beyond.best[1]! - 0.5) < 1e-2);
  });

  test("goes no further at a time than it may", () => {
    const descent = descend({ ...rule, tolerance: 0 }, seed, 300);
    const evaluate = bowl(scales, inside);
    // A point is tried from the last accepted one, which may be two moves away.
    let before = descent.point.slice();
    while (!descent.done) {
      const { residual, gradient, difference } = evaluate(descent.point);
      descent.take(residual, gradient, difference);
      const moved = Math.hypot(...descent.point.map((pixel, i) => pixel - before[i]!));
      const limit = descent.history.length <= rule.start.steps ? rule.start.rule.step : 2 * rule.longestMove;
      assert.ok(moved < limit + 1e-5, `${moved} at ${descent.history.length}`);
      before = descent.point.slice();
    }
  });

  test("is done where no gradient leads on, and takes back what is no number", () => {
    const dead = descend({ ...rule, start: { ...rule.start, steps: 0 } }, Float32Array.of(0.25), 50);
    dead.take(1, Float32Array.of(0), Float32Array.of(1));
    assert.ok(dead.done && dead.stuck);
    const broken = descend({ ...rule, start: { ...rule.start, steps: 0 } }, Float32Array.of(0.9), 50);
    broken.take(0.5, Float32Array.of(1), Float32Array.of(0.5));
    const tried = broken.point[0]!;
    broken.take(Number.NaN, Float32Array.of(Number.NaN), Float32Array.of(Number.NaN));
    assert.ok(!broken.done && broken.point[0]! > tried && broken.point[0]! < 0.9);
    assert.deepEqual([...broken.best], [Math.fround(0.9)]);
  });
});
