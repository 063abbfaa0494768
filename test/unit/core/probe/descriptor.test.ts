import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { numericDTypes } from "../../../../src/core/formats/storedArray.ts";
import { parseDescriptor } from "../../../../src/core/probe/descriptor.ts";

const file = "images.probe.json";

test("reads the whole of a descriptor", () => {
  const text = `{"file":"images.bin","dtype":"uint8","shape":[536,32,32,3],"layout":"NHWC","scale":0.00392156862745098,
    "mean":[0.5,0.5,0.5],"std":[0.25,0.25,0.25],"labels":{"file":"labels.bin","dtype":"uint8"}}`;
  assert.deepEqual(parseDescriptor(text, file), {
    file: "images.bin",
    raw: { dtype: "uint8", shape: [536, 32, 32, 3] },
    layout: "NHWC",
    scale: 0.00392156862745098,
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    labels: { file: "labels.bin", dtype: "uint8" },
  });
  assert.deepEqual(parseDescriptor('{"file": "x.npy"}', file), { file: "x.npy" });
});

test("complaints name the place and what was expected", () => {
  for (const [text, message] of [
    ["{}", /needs a "file"/],
    ['{"file": 3}', /^file: expected a text, found 3/],
    ['{"file": "x", "dtype": "uint8"}', /"dtype" and "shape" are given together/],
    ['{"file": "x", "dtype": "string", "shape": [1]}', /^dtype: expected one of float64/],
    ['{"file": "x", "dtype": "uint8", "shape": [4, 1.5]}', /^shape\[1\]: expected a whole number from 1, found 1.5/],
    ['{"file": "x", "layout": "CHW"}', /^layout: expected one of NHWC, NCHW, found "CHW"/],
    ['{"file": "x", "scale": 0}', /^scale: expected a number above 0/],
    ['{"file": "x", "labels": {}}', /^labels: it needs a "file"/],
    ['{"file": "x", "labels": "y"}', /^labels: expected an object/],
  ] as const) {
    assert.throws(() => parseDescriptor(text, file), { code: "probe/descriptor", file, message }, text);
  }
});

test("the schema for editors knows the same keys and types", () => {
  const schema = JSON.parse(
    readFileSync(new URL("../../../../media/schema/probe.schema.json", import.meta.url), "utf8"),
  );
  const keys = Object.keys(schema.properties).filter((key) => key !== "$schema");
  assert.throws(() => parseDescriptor('{"?": 1}', file), { message: new RegExp(`known are ${keys.join(", ")}$`) });
  assert.deepEqual(schema.definitions.dtype.enum, numericDTypes);
});
