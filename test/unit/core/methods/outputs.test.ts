import assert from "node:assert/strict";
import { test } from "node:test";
import { ComparedOutputs, type Outputs, outputMeaning } from "../../../../src/core/methods/outputs.ts";

const scores = outputMeaning({ shape: ["n", 3], op: "Gemm", outputCount: 1, tokens: false });

function outputs(rows: readonly (readonly number[])[], meaning = scores): Outputs {
  return { samples: rows.length, width: rows[0]?.length ?? 0, values: Float32Array.from(rows.flat()), meaning };
}

test("class scores: disagreement, accuracy and Jensen–Shannon divergence", () => {
  const a = outputs([
    [3, 1, 0],
    [0, 2, 1],
    [0, 0, 1],
    [5, 0, 0],
  ]);
  const b = outputs([
    [2, 0, 0],
    [2, 0, 1],
    [0, 0, 9],
    [0, 5, 0],
  ]);
  const result = new ComparedOutputs([0, 1, 2, 1]).over(a, b);
  assert.equal(result.kind, "classes");
  assert.equal(result.disagreement, 0.5);
  assert.deepEqual(result.accuracy, [0.75, 0.75]);
  // scipy.spatial.distance.jensenshannon(softmax(a), softmax(b), base=2)**2, averaged
  assert.ok(Math.abs(result.jensenShannonBits! - expectedJensenShannon(a, b)) < 1e-12);
});

/** H(m) − (H(p) + H(q)) / 2, the other form of the definition. */
function expectedJensenShannon(a: Outputs, b: Outputs): number {
  const softmax = (o: Outputs, s: number) => {
    const e = Array.from(o.values.slice(s * o.width, (s + 1) * o.width), Math.exp);
    const total = e.reduce((x, y) => x + y);
    return e.map((v) => v / total);
  };
  const entropy = (p: number[]) => -p.reduce((sum, v) => sum + (v > 0 ? v * Math.log2(v) : 0), 0);
  let sum = 0;
  for (let s = 0; s < a.samples; s++) {
    const p = softmax(a, s);
    const q = softmax(b, s);
    sum += entropy(p.map((v, c) => (v + q[c]!) / 2)) - (entropy(p) + entropy(q)) / 2;
  }
  return sum / a.samples;
}

test("probabilities are not put through a softmax again, and disjoint ones are one bit apart", () => {
  const meaning = outputMeaning({ shape: ["n", 2], op: "Softmax", outputCount: 1, tokens: false });
  const a = outputs([[1, 0]], meaning);
  const b = outputs([[0, 1]], meaning);
  assert.equal(new ComparedOutputs(undefined).over(a, b).jensenShannonBits, 1);
});

test("what is not class scores is compared as values, and the report says what it is", () => {
  const cases = [
    [{ shape: ["n", 4420, 4], op: "Concat", outputCount: 2, tokens: false }, /first of 2 outputs/],
    [{ shape: ["n", 1], op: "Gemm", outputCount: 1, tokens: false }, /regressor/],
    [{ shape: ["n", 128], op: "LpNormalization", outputCount: 1, tokens: false }, /embedding/],
    [{ shape: ["n", 16, 1000], op: "MatMul", outputCount: 1, tokens: true }, /token/],
    [{ shape: ["n", 1, 672, 672], op: "Reshape", outputCount: 1, tokens: false }, /image/],
  ] as const;
  for (const [facts, words] of cases) {
    const meaning = outputMeaning(facts);
    const result = new ComparedOutputs([0]).over(outputs([[1, 2]], meaning), outputs([[1, 1]], meaning));
    assert.equal(result.kind, "values");
    assert.match(result.what, words);
    assert.equal(result.disagreement, null);
    assert.deepEqual(result.accuracy, [null, null]);
    assert.ok(Math.abs(result.relativeDifference! - 1 / Math.SQRT2) < 1e-12);
  }
});

test("labels that name classes the network lacks give no accuracy", () => {
  const a = outputs([[1, 0, 0]]);
  assert.deepEqual(new ComparedOutputs([7]).over(a, a).accuracy, [null, null]);
});

test("answers that come in little by little are compared as all at once", () => {
  const rows = (seed: number) =>
    Array.from({ length: 40 }, (_, i) => Array.from({ length: 7 }, (_, c) => 3 * Math.sin(seed * i + c * c)));
  const [a, b] = [outputs(rows(1.3)), outputs(rows(2.1))];
  const labels = Array.from({ length: 40 }, (_, i) => i % 7);
  const gradually = new ComparedOutputs(labels);
  for (const samples of [8, 8, 24]) gradually.over({ ...a, samples }, { ...b, samples: 32 });
  assert.deepEqual(gradually.over(a, b), new ComparedOutputs(labels).over(a, b));
});
