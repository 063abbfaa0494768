import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findSettings } from "../../../../src/compute/probe/findSettings.ts";

const folder = mkdtempSync(join(tmpdir(), "likeness-settings-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "repository", "runs", "one"), { recursive: true });
mkdirSync(join(folder, "repository", ".git"));
const checkpoint = join(folder, "repository", "runs", "one", "best.pt");
const settings = join(folder, "repository", "likeness.json");

test("looks upward as far as the repository, and makes paths absolute", () => {
  writeFileSync(join(folder, "likeness.json"), "{}");
  assert.equal(findSettings(checkpoint), undefined);
  const absolute = join(folder, "net.onnx");
  writeFileSync(
    settings,
    JSON.stringify({
      probe: "data/x.npy",
      samples: 64,
      models: { "runs/*/best.pt": { architecture: absolute, preprocess: "none" }, "**": { architecture: "a.onnx" } },
    }),
  );
  assert.deepEqual(findSettings(checkpoint), {
    file: settings,
    probe: join(folder, "repository", "data", "x.npy"),
    samples: 64,
    model: { pattern: "runs/*/best.pt", architecture: absolute, preprocess: { mean: [], std: [] } },
  });
  const other = findSettings(join(folder, "repository", "runs", "last.pt"));
  assert.equal(other?.model?.architecture, join(folder, "repository", "a.onnx"));
});

test("the nearest file holds, alone", () => {
  const nearer = join(folder, "repository", "runs", "likeness.json");
  writeFileSync(nearer, "{}");
  assert.deepEqual(findSettings(checkpoint), { file: nearer });
  rmSync(nearer);
});

test("a file that cannot be understood is named", () => {
  writeFileSync(settings, '{"probes": 1}');
  assert.throws(() => findSettings(checkpoint), { code: "settings/invalid", file: settings });
  writeFileSync(settings, Buffer.of(0xff, 0xfe));
  assert.throws(() => findSettings(checkpoint), { code: "settings/invalid", message: /UTF-8/ });
});
