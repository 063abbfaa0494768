import assert from "node:assert/strict";
import { test } from "node:test";
import { localPath } from "../../../../src/core/formats/relativePath.ts";

test("paths inside the folder are kept, in one spelling", () => {
  assert.equal(localPath("model.onnx.data"), "model.onnx.data");
  assert.equal(localPath("./shards/./1.bin"), "shards/1.bin");
  assert.equal(localPath("a..b/..c"), "a..b/..c");
});

test("paths that leave the folder on some machine are refused", () => {
  for (const path of ["../x", "a/../x", "/etc/passwd", "C:\\x", "c:x", "..\\x", "a\\b", "//server/share", "a/.."]) {
    assert.throws(() => localPath(path), { code: "path/outside-folder" }, path);
  }
});

test("what is no file is refused", () => {
  for (const path of ["", ".", "./", "https://example.org/x", "file:///x", "data:,x", "a\0b"]) {
    assert.throws(() => localPath(path), { code: "path/not-local" }, path);
  }
});
