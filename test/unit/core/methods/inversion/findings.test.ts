import assert from "node:assert/strict";
import { test } from "node:test";
import { inversionFindings, readingOf } from "../../../../../src/core/methods/inversion/findings.ts";
import type { InversionMatrices } from "../../../../../src/core/report/report.ts";

/** Two models with this similarity to each other, by either estimator. */
function matrices(ab: number | null, ba = ab): InversionMatrices {
  const matrix = [
    [1, ab],
    [ba, 1],
  ];
  return { biased: matrix, unbiased: matrix };
}

test("what a similarity keeps on inverted data says where it is from", () => {
  assert.equal(readingOf(0.5, 0.5), "unlike");
  assert.equal(readingOf(0.75, 0.28), "data");
  assert.equal(readingOf(0.94, 0.69), "partly");
  assert.equal(readingOf(0.97, 0.81), "used");
});

test("each ordered pair of different models has a finding, with the numbers in its evidence", () => {
  const [one, other] = inversionFindings({
    names: ["a", "b"],
    natural: matrices(0.75),
    jones: matrices(0.28, 0.7),
    stir: matrices(0.2),
    trusted: [true, true],
  });
  assert.equal(
    one?.title,
    "Alike on natural data (0.75), not on what a alone uses (0.28): the similarity comes from the data",
  );
  assert.match(one?.evidence ?? "", /0\.75, 0\.28, 0\.20 biased/);
  assert.match(other?.title ?? "", /they use the same$/);
});

test("a model whose inversions are not to be trusted is said so; an undefined cell says nothing", () => {
  const [one] = inversionFindings({
    names: ["a", "b"],
    natural: matrices(0.75),
    jones: matrices(0.28, null),
    stir: matrices(0.2),
    trusted: [false, true],
  });
  assert.equal(one?.code, "inversion/not-trusted");
  assert.equal(one?.severity, "warning");
  assert.equal(
    inversionFindings({
      names: ["a", "b"],
      natural: matrices(0.75),
      jones: matrices(null),
      stir: matrices(0.2),
      trusted: [true, true],
    }).length,
    0,
  );
});
