import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { campaign } from "./campaign.ts";
import { targets } from "./targets.ts";

const inputs = 2000;

suite(`${inputs} damaged files are read or refused by every reader`, { concurrency: 2 }, () => {
  for (const { name } of targets) {
    test(name, async (t) => {
      const { defects, codes, slowest, peakBytes } = await campaign(name, inputs);
      const said = defects.map(({ index, seed, what }) => `input ${index} (${seed}): ${what}`);
      assert.deepEqual(said, [], `npm run fuzz -- --reader ${name} --input NUMBER writes an input down`);
      assert.ok(Object.keys(codes).length > 3, "the damage is told apart");
      const megabytes = (peakBytes / 2 ** 20).toFixed(0);
      t.diagnostic(`${codes.ok ?? 0} read; slowest ${slowest.milliseconds.toFixed(0)} ms, process ${megabytes} MiB`);
    });
  }
});
