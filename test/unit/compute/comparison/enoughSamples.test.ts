import assert from "node:assert/strict";
import { test } from "node:test";
import { enoughSamples } from "../../../../src/compute/comparison/enoughSamples.ts";

test("a probe of fewer than four samples is refused, one of few is told", () => {
  assert.throws(() => enoughSamples({ samples: 3, path: "three.npy" }), {
    code: "probe/too-few-samples",
    file: "three.npy",
  });
  assert.deepEqual(
    enoughSamples({ samples: 4, path: "four.npy" }).map(({ code, where }) => [code, where]),
    [["probe/few-samples", "four.npy"]],
  );
  assert.deepEqual(enoughSamples({ samples: 32, path: "many.npy" }), []);
});
