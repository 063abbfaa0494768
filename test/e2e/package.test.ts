import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { editorMissing, vsix } from "./session.ts";

test("the package for linux-x64 stays under 20 MB", { skip: editorMissing() }, (t) => {
  const megabytes = statSync(vsix).size / 1e6;
  t.diagnostic(`${megabytes.toFixed(1)} MB`);
  assert.ok(megabytes < 20, `${megabytes} MB`);
});
