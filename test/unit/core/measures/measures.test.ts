import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../../src/core/failure.ts";
import { measureIds, resolveMeasures } from "../../../../src/core/measures/measures.ts";

const ids = (names: readonly string[]) => resolveMeasures(names).map((measure) => measure.id);

test("the default comes first, all is every one, and naming one twice asks once", () => {
  assert.equal(measureIds[0], "cka.linear.unbiased");
  assert.deepEqual(ids(["all"]), measureIds);
  assert.deepEqual(ids(["cka.linear.biased", "cka.linear.biased"]), ["cka.linear.biased"]);
});

test("an unknown measure is named, with those there are", () => {
  assert.throws(
    () => resolveMeasures(["cka.linear.unbiased", "cka.rbf"]),
    (error) =>
      error instanceof Failure &&
      error.code === "measure/unknown" &&
      error.message.includes('"cka.rbf"') &&
      measureIds.every((id) => error.hint?.includes(id)),
  );
});

test("conventions say estimator, n and batch", () => {
  for (const measure of resolveMeasures(["all"])) {
    assert.match(measure.convention({ samples: 512, estimator: "full" }), /HSIC.*n = 512/);
    assert.match(measure.convention({ samples: 512, estimator: "minibatch", batch: 64 }), /batches of 64.*n = 512/);
  }
});
