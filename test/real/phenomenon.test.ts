import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { median } from "../../src/core/methods/inversion/residuals.ts";
import { cifarImages, drawPairs, imageSize, networks, workspace } from "./phenomenon/networks.ts";
import { resemblance } from "./phenomenon/resemblance.ts";
import { similarities } from "./phenomenon/similarity.ts";
import { study } from "./phenomenon/study.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** docs/results.md in small: one robust network against one standard one. */

test("what a robust network uses is seen by a standard one rather than the other way round", {
  skip: withoutShared,
}, async (t) => {
  const assets = join(sharedFolder() ?? "", "assets");
  const folder = mkdtempSync(join(tmpdir(), "likeness-phenomenon-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const chosen = networks.filter(({ name }) => name === "ResNet-2B" || name === "Tiny10-0");
  const images = cifarImages(assets);
  const pairs = drawPairs(images.labels, 32, 0);
  const options = ["--preset", "fast", "--rectifier", "straight-through"];
  const place = workspace(assets, folder, chosen);
  const { inversion, inversions, inverted, accuracy } = await study(place, images, pairs, options, (line) =>
    t.diagnostic(line),
  );

  for (const [i, { name, accuracy: onRecord }] of chosen.entries()) {
    t.diagnostic(`${name}: right on ${(100 * accuracy[i]!).toFixed(2)} %, on record ${(100 * onRecord).toFixed(2)} %`);
    assert.ok(Math.abs(accuracy[i]! - onRecord) <= 0.002);
    assert.ok(inversion.trusted[i]);
  }

  // The pixels as they were stored give the report's matrix.
  const all = pairs.targets.map((_, i) => i);
  const matrix = similarities(inverted, all, "unbiased");
  for (const [i, row] of inversion.cka.jones.unbiased.entries()) {
    for (const [j, value] of row.entries()) assert.ok(Math.abs(matrix[i]![j]! - value!) <= 1e-4);
  }

  const [ofRobust, ofStandard] = [matrix[0]![1]!, matrix[1]![0]!];
  t.diagnostic(`Jones CKA, robust inverting ${ofRobust.toFixed(3)}, standard inverting ${ofStandard.toFixed(3)}`);
  assert.ok(ofRobust > ofStandard + 0.1);

  const image = (index: number) => images.pixels.subarray(index * imageSize, (index + 1) * imageSize);
  const [robust, standard] = inversions.map((pixels) =>
    median(resemblance(pairs.seeds.map(image), pairs.targets.map(image), pixels).map(({ direction }) => direction)),
  );
  t.diagnostic(`direction towards the target: robust ${robust!.toFixed(3)}, standard ${standard!.toFixed(3)}`);
  assert.ok(robust! > standard! + 0.1);
});
