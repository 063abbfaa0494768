import assert from "node:assert/strict";
import { test } from "node:test";
import { preprocessorNormalisation } from "../../../../../src/core/architectures/huggingFace/preprocessor.ts";

const read = (fields: object) => preprocessorNormalisation(JSON.stringify(fields));
const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };

test("pixels in [0, 1] are normalised as the processor normalises pixels in 0 … 255", () => {
  assert.deepEqual(read({ ...imagenet, do_rescale: true, rescale_factor: 1 / 255, do_normalize: true }), {
    mean: imagenet.image_mean,
    std: imagenet.image_std,
  });
  assert.deepEqual(read(imagenet), { mean: imagenet.image_mean, std: imagenet.image_std });
  // x · 255 / 127.5 − 1 = (x − 0.5) / 0.5
  assert.deepEqual(read({ image_mean: [1], image_std: [1], rescale_factor: 1 / 127.5 }), { mean: [0.5], std: [0.5] });
  assert.deepEqual(read({ do_normalize: false, size: { height: 32 } }), { mean: [0], std: [1] });
  assert.deepEqual(read({ do_normalize: false, do_rescale: false, size: { height: 32 } }), {
    mean: [0],
    std: [1 / 255],
  });
});

test("says nothing where the file does not, and refuses what cannot be", () => {
  assert.equal(read({ feature_size: 80, sampling_rate: 16_000 }), undefined);
  assert.equal(read({ do_normalize: true, size: { height: 32 } }), undefined);
  assert.throws(() => read({ image_mean: [0], image_std: [0] }), { code: "preprocess/std" });
  assert.throws(() => read({ image_mean: "0.5", image_std: [1] }), { code: "config/invalid" });
});
