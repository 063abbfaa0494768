import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { rebatch } from "../../src/core/graph/rebatch.ts";
import type { Tap } from "../../src/core/graph/tap.ts";
import { selectTaps } from "../../src/core/graph/tapSelection.ts";
import { listTaps } from "../../src/core/graph/taps.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

const assets = join(sharedFolder() ?? "", "assets");

function tapsOf(file: string): readonly Tap[] {
  const path = join(assets, file);
  const open = upgrade(readOnnx(fileSource(path), siblingFiles(dirname(path))));
  const sample = (open.graph.inputs[0]?.shape ?? []).slice(1).map((size) => (typeof size === "number" ? size : 64));
  const { program, input, batch } = rebatch(open, sample);
  return listTaps(program, input.name, sample, batch);
}

const names = (taps: readonly Tap[]) => taps.map(({ name }) => name);
const layer = (tap: Tap) => tap.folded.at(-1) ?? tap.name;

describe("taps of real networks", { skip: withoutShared }, () => {
  test("Tiny10: the eighteen values of the exported network under the names of its modules", () => {
    const numbered = [1, 2, 3, 4, 5, 6, 7, 8];
    const taps = tapsOf("torch-cifar10-drfrankenstein/exported/tiny10_seed0.onnx");
    assert.deepEqual(names(taps), [...numbered.flatMap((i) => [`conv${i}`, `relu${i}`]), "/ReduceMean_output_0", "fc"]);
    const folded = taps.filter(({ op }) => op === "Conv").map((tap) => tap.folded);
    assert.deepEqual(
      folded,
      numbered.map((i) => [`bn${i}`]),
    );
    assert.equal(selectTaps(taps).length, 18);
    // The bare architecture keeps its batch norms, and so their names meet.
    const bare = names(tapsOf("torch-cifar10-drfrankenstein/exported/tiny10_architecture.onnx"));
    assert.equal(bare.length, 26);
    for (const tap of taps) assert.ok(bare.includes(layer(tap)));
  });

  test("ResNet-20: six exports of one network name its layers alike", (t) => {
    const folder = "donor-resnet20-exports";
    const exports = readdirSync(join(assets, folder)).filter((name) => name.endsWith(".onnx"));
    const unfused = names(tapsOf(join(folder, "ts_1.13.0_preserve_unfused.onnx"))).filter((name) =>
      name.startsWith("layer"),
    );
    for (const name of exports) {
      const taps = tapsOf(join(folder, name));
      t.diagnostic(
        `${name}: ${taps.length} taps, ${taps.filter(({ folded }) => folded.length > 0).length} with batch norm`,
      );
      const own = new Set(taps.map(layer));
      // An unfused export has the convolution apart from its batch norm; slices are cut differently.
      const expected = unfused.filter((path) => !/conv\d$|Slice/.test(path));
      assert.deepEqual(
        expected.filter((path) => !own.has(path)),
        [],
      );
      assert.equal(taps.at(-1)?.name, "linear");
      assert.deepEqual(
        names(selectTaps(taps, ["@blocks"])),
        ["1", "2", "3"].flatMap((l) => ["0", "1", "2"].map((b) => `layer${l}.${b}`)),
      );
      assert.equal(selectTaps(taps, ["@convs"]).length, 19);
    }
  });

  test("every real network: unique names, the first output last, samples on one axis", (t) => {
    const files = readdirSync(assets, { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => name.endsWith(".onnx") && !name.startsWith("hostile")).sort()) {
      const taps = tapsOf(file);
      const chosen = selectTaps(taps);
      t.diagnostic(
        `${file}: ${taps.length} taps, ${chosen.length} chosen, from ${taps[0]?.name} to ${taps.at(-1)?.name}`,
      );
      assert.equal(new Set(names(taps)).size, taps.length);
      assert.ok(
        taps.every(
          ({ shape, sampleAxis }) => shape[sampleAxis] === "n" && shape.filter((size) => size === "n").length === 1,
        ),
      );
      assert.ok(chosen.length >= Math.min(5, taps.length) && chosen.length <= 48);
      assert.equal(chosen.at(-1), taps.at(-1));
    }
  });
});
