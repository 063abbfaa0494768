import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { Failure } from "../../src/core/failure.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { refuseUnsupported } from "../../src/core/graph/operators.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

interface Hostile {
  readonly expect: string | readonly string[];
  readonly warning?: string;
}

const folder = join(sharedFolder() ?? "", "assets/hostile-made");

test("hostile ONNX files are refused by name, soon and in little memory", { skip: withoutShared }, async (t) => {
  const manifest: { files: Record<string, Hostile> } = JSON.parse(readFileSync(join(folder, "MANIFEST.json"), "utf8"));
  const files = Object.entries(manifest.files).filter(([name]) => name.startsWith("onnx_"));
  let slowest = 0;
  for (const [name, { expect, warning }] of files) {
    await t.test(name, () => {
      const path = name === symlinked ? withSymlink(t) : join(folder, name);
      const start = performance.now();
      assert.ok([expect].flat().includes(verdict(() => read(path))), `${name}: ${verdict(() => read(path))}`);
      slowest = Math.max(slowest, performance.now() - start);
      if (warning !== undefined)
        assert.equal(
          verdict(() => refuseUnsupported(upgrade(read(path)))),
          warning,
        );
    });
  }
  const megabytes = process.resourceUsage().maxRSS / 1024;
  assert.ok(files.length > 0 && slowest < 1000 && megabytes < 1024);
  t.diagnostic(
    `${files.length} files; the slowest took ${slowest.toFixed(1)} ms, the process ${megabytes.toFixed(0)} MB`,
  );
});

const symlinked = "onnx_ext_symlink/model.onnx";

/** The model in a folder where its data is a link to a file elsewhere. */
function withSymlink(t: { after(remove: () => void): void }): string {
  const home = mkdtempSync(join(tmpdir(), "likeness-link-"));
  const elsewhere = mkdtempSync(join(tmpdir(), "likeness-elsewhere-"));
  t.after(() => {
    rmSync(home, { recursive: true });
    rmSync(elsewhere, { recursive: true });
  });
  writeFileSync(join(elsewhere, "secret"), new Uint8Array(64));
  symlinkSync(join(elsewhere, "secret"), join(home, "link.data"));
  copyFileSync(join(folder, symlinked), join(home, "model.onnx"));
  return join(home, "model.onnx");
}

/** Reads a model and every weight of it. */
function read(path: string) {
  const program = readOnnx(fileSource(path), siblingFiles(dirname(path)));
  for (const tensor of program.graph.initializers.values()) tensor.bytes();
  return program;
}

function verdict(action: () => unknown): string {
  try {
    action();
    return "ok";
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}
