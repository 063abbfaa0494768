import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Counts, campaign } from "./campaign.ts";
import { makeInput } from "./input.ts";
import { targets } from "./targets.ts";

/**
 * `npm run fuzz`: 20 000 damaged files for every reader, one reader after another, and what became of them.
 *
 * `--reader NAME` (may be repeated) takes some readers, `--inputs N` another number. `--input I --save FOLDER` writes the
 * files of one input instead, to look at.
 */
const { values } = parseArgs({
  options: {
    reader: { type: "string", multiple: true },
    inputs: { type: "string", default: "20000" },
    input: { type: "string" },
    save: { type: "string", default: "test/output/fuzz" },
  },
});

const chosen = targets.filter(({ name }) => values.reader?.includes(name) ?? true);
if (values.input === undefined) {
  let defects = 0;
  for (const { name } of chosen) {
    const counts = await campaign(name, Number(values.inputs));
    defects += counts.defects.length;
    console.log(report(name, counts));
  }
  process.exitCode = defects === 0 ? 0 : 1;
} else {
  for (const target of chosen) {
    const { seed, files } = makeInput(target, target.seeds(), Number(values.input));
    const folder = resolve(values.save, target.name, values.input);
    mkdirSync(folder, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    console.log(`${folder}: ${seed.main}, made of ${seed.name}`);
  }
}

function report(name: string, { inputs, codes, defects, slowest, peakBytes }: Counts): string {
  const byCount = Object.entries(codes).toSorted(([, a], [, b]) => b - a);
  return [
    `${name}: ${inputs} inputs, slowest ${slowest.milliseconds.toFixed(0)} ms (input ${slowest.index}), peak ${(peakBytes / 2 ** 20).toFixed(0)} MiB`,
    `  ${byCount.map(([code, count]) => `${code} ${count}`).join(", ")}`,
    ...defects.map(({ index, seed, what }) => `  DEFECT at input ${index} (${seed}): ${what}`),
  ].join("\n");
}
