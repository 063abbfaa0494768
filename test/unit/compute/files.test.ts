import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileSource, siblingFiles } from "../../../src/compute/files.ts";

const home = mkdtempSync(join(tmpdir(), "likeness-files-"));
after(() => rmSync(home, { recursive: true }));

function file(name: string, ...bytes: number[]): string {
  const path = join(home, name);
  writeFileSync(path, Uint8Array.from(bytes));
  return path;
}

test("bytes are read by position, and only those that are there", () => {
  const source = fileSource(file("five", 1, 2, 3, 4, 5));
  assert.equal(source.size, 5);
  assert.deepEqual([...source.read(1, 3)], [2, 3, 4]);
  assert.deepEqual([...source.read(5, 0)], []);
  for (const [offset, length] of [
    [3, 3],
    [-1, 2],
    [0, -1],
    [6, 0],
  ] as const) {
    assert.throws(() => source.read(offset, length), { code: "file/short-read" });
  }
  source.close();
  assert.deepEqual([...source.read(0, 1)], [1], "it opens again");
  source.close();
});

test("a file that changed in between is not read on", () => {
  const path = file("changing", 1, 2, 3);
  const source = fileSource(path);
  source.read(0, 1);
  source.close();
  writeFileSync(path, Uint8Array.of(4, 5, 6, 7));
  assert.throws(() => source.read(0, 1), { code: "file/changed" });
});

test("what is no file is refused", () => {
  assert.throws(() => fileSource(join(home, "nothing")), { code: "file/missing" });
  assert.throws(() => fileSource(home), { code: "file/not-a-file" });
});

test("siblings stay in the folder, links included", () => {
  const folder = join(home, "inside");
  mkdirSync(join(folder, "deeper"), { recursive: true });
  file("inside/own", 1);
  file("inside/deeper/own", 2);
  file("outside", 3);
  symlinkSync(join(folder, "own"), join(folder, "link"));
  symlinkSync(join(home, "outside"), join(folder, "escape"));
  symlinkSync(home, join(folder, "up"));
  const siblings = siblingFiles(folder);
  assert.deepEqual([...siblings.open("own").read(0, 1)], [1]);
  assert.deepEqual([...siblings.open("deeper/own").read(0, 1)], [2]);
  assert.deepEqual([...siblings.open("link").read(0, 1)], [1]);
  assert.throws(() => siblings.open("escape"), { code: "path/symlink-outside" });
  assert.throws(() => siblings.open("up/outside"), { code: "path/symlink-outside" });
  assert.throws(() => siblings.open("../outside"), { code: "path/outside-folder" });
  assert.throws(() => siblings.open("absent"), { code: "file/missing" });
  siblings.close();
});
