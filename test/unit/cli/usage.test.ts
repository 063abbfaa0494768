import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../../src/cli/usage.ts";

test("the nearest name is found, and none where nothing is near", () => {
  const names = ["probe", "preprocess", "preprocess-b", "samples", "seed"];
  assert.equal(nearest("prob", names), "probe");
  assert.equal(nearest("sampels", names), "samples");
  assert.equal(nearest("preprocessing", names), "preprocess");
  assert.equal(nearest("colour", names), undefined);
  assert.equal(nearest("x", names), undefined);
});
