import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { after, suite, test } from "node:test";
import type { Seen } from "./hostileChild.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

interface Expected {
  readonly expect: string | readonly string[];
  readonly warning?: string;
}

/** Five times what an input may take on a machine that does nothing else. */
const longest = 10_000;
const mostBytes = 2 ** 30;

suite("hostile files give their class, touch nothing else, soon and in little memory", { skip: withoutShared }, () => {
  if (withoutShared !== false) return;
  const original = join(sharedFolder() ?? "", "assets/hostile-made");
  const manifest: { files: Record<string, Expected> } = JSON.parse(
    readFileSync(join(original, "MANIFEST.json"), "utf8"),
  );
  const names = Object.keys(manifest.files);
  const home = realpathSync(mkdtempSync(join(tmpdir(), "likeness-hostile-")));
  after(() => rmSync(home, { recursive: true }));
  // Alone in its parent, in which donors are looked for, too.
  const folder = join(home, "parent", "files");
  cpSync(original, folder, { recursive: true });
  mkdirSync(join(home, "elsewhere"));
  writeFileSync(join(home, "elsewhere", "secret"), new Uint8Array(64));
  symlinkSync(join(home, "elsewhere", "secret"), join(folder, "onnx_ext_symlink", "link.data"));
  const before = globSync("**", { cwd: home });

  const child = join(import.meta.dirname, "hostileChild.ts");
  // What a hostile file might do, Node refuses: writing, starting processes, loading native code.
  const flags = ["--permission", "--allow-fs-read=*", "--no-warnings"];
  const args = [...flags, child, ...names.map((name) => join(folder, name))];
  const seen: Seen[] = JSON.parse(
    execFileSync(process.execPath, args, {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      timeout: names.length * longest,
    }),
  );

  for (const { path, verdict, warnings, opened, milliseconds } of seen) {
    const name = relative(folder, path).replaceAll("\\", "/");
    test(name, () => {
      const { expect, warning } = manifest.files[name] ?? assert.fail();
      assert.ok([expect].flat().includes(verdict), `${verdict} in place of ${expect}`);
      if (warning !== undefined) assert.ok(warnings.includes(warning), `warnings: ${warnings.join(", ")}`);
      // A checkpoint's neighbours, and those of its folder, may be donors.
      const parent = join(dirname(path), "..") + sep;
      assert.deepEqual(
        opened.filter((file) => !realpathSync(file).startsWith(parent)),
        [],
      );
      assert.ok(milliseconds < longest, `${milliseconds.toFixed(0)} ms`);
    });
  }

  test("all of them, and nothing was made", (t) => {
    const peak = Math.max(...seen.map(({ peakBytes }) => peakBytes));
    assert.equal(seen.length, 87);
    assert.ok(peak < mostBytes, `${peak} bytes`);
    assert.deepEqual(globSync("**", { cwd: home }), before);
    assert.deepEqual(globSync("**/PWNED*", { cwd: home }), []);
    const slowest = Math.max(...seen.map(({ milliseconds }) => milliseconds));
    t.diagnostic(`${seen.length} files; slowest ${slowest.toFixed(0)} ms, process ${(peak / 2 ** 20).toFixed(0)} MiB`);
  });
});
