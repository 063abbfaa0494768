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
  const chosen = networks.filter(({ name }) => name === "ResNet-4B" || name === "Tiny10-0");
  const images = cifarImages(assets);
  const pairs = drawPairs(images.labels, 32, 0);
  const place = workspace(assets, folder, chosen);
  const found = await study(place, images, pairs, ["--preset", "fast"], (line) => t.diagnostic(line));

  for (const [i, { name, accuracy: onRecord }] of chosen.entries()) {
    const accuracy = found.accuracy[i]!;
    t.diagnostic(`${name}: right on ${(100 * accuracy).toFixed(2)} %, on record ${(100 * onRecord).toFixed(2)} %`);
    assert.ok(Math.abs(accuracy - onRecord) <= 0.002);
    assert.ok(found.reports[i]!.trusted[0]);
  }

  // The study's own arithmetic gives what the reports say.
  const all = pairs.targets.map((_, i) => i);
  for (const estimator of ["biased", "unbiased"] as const) {
    for (const [i, row] of similarities(found, "stir", all, estimator).entries()) {
      assert.ok(Math.abs(row[i]! - found.reports[i]!.cka.selfStir[estimator][0]![0]!) <= 1e-4);
    }
  }

  const jones = similarities(found, "jones", all, "unbiased");
  const [ofRobust, ofStandard] = [jones[0]![1]!, jones[1]![0]!];
  t.diagnostic(`Jones CKA, robust inverting ${ofRobust.toFixed(3)}, standard inverting ${ofStandard.toFixed(3)}`);
  assert.ok(ofRobust > ofStandard + 0.1);

  const image = (index: number) => images.pixels.subarray(index * imageSize, (index + 1) * imageSize);
  const [robust, standard] = found.inversions.map((pixels) =>
    median(resemblance(pairs.seeds.map(image), pairs.targets.map(image), pixels).map(({ direction }) => direction)),
  );
  t.diagnostic(`direction towards the target: robust ${robust!.toFixed(3)}, standard ${standard!.toFixed(3)}`);
  assert.ok(robust! > standard! + 0.1);
});
