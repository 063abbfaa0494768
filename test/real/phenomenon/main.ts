/**
 * `node test/real/phenomenon/main.ts ASSETS [--out FOLDER] [--work FOLDER] [--pairs N] [-- options of likeness invert]`:
 * are robust networks' inversions seen alike by others, and standard ones' not? Inverts all networks, prints the tables of
 * docs/results.md and writes its pictures. What was inverted stays in the work folder and is not inverted again.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromiumMissing, launchChromium } from "../../fixtures/chromium.ts";
import { matrixFigure, type Strip, sheetPage } from "./figures.ts";
import { cifarImages, drawPairs, imageSize, networks, workspace } from "./networks.ts";
import { resemblance } from "./resemblance.ts";
import { type Kind, similarities } from "./similarity.ts";
import { type Study, study } from "./study.ts";
import { table, tables } from "./tables.ts";

const own = process.argv.slice(2);
const parting = own.indexOf("--");
const { values, positionals } = parseArgs({
  args: parting < 0 ? own : own.slice(0, parting),
  allowPositionals: true,
  options: {
    out: { type: "string", default: "docs/results" },
    work: { type: "string" },
    pairs: { type: "string", default: "128" },
  },
});
const invertOptions = parting < 0 ? [] : own.slice(parting + 1);
const assets = resolve(positionals[0] ?? "");
const work = resolve(values.work ?? mkdtempSync(join(tmpdir(), "likeness-phenomenon-")));
const out = resolve(values.out);
const shownPairs = 8;

const images = cifarImages(assets);
const pairs = drawPairs(images.labels, Number(values.pairs), 0);
const found = await study(workspace(assets, work, networks), images, pairs, invertOptions, (line) =>
  console.error(line),
);

const image = (index: number) => images.pixels.subarray(index * imageSize, (index + 1) * imageSize);
const [seeds, targets] = [pairs.seeds.map(image), pairs.targets.map(image)];
const looks = found.inversions.map((pixels) => resemblance(seeds, targets, pixels));

console.log(tables(found, networks, looks).map(table).join("\n"));
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "phenomenon.svg"), figure(found));
await writeSheet(found);

function figure(squares: Study): string {
  const picks = pairs.targets.map((_, i) => i);
  const values = (kind: Kind) => similarities(squares, kind, picks, "unbiased");
  return matrixFigure(
    [
      { title: "Natural images", below: "CKA on the targets", values: values("natural") },
      { title: "Inverted images (Jones)", below: "CKA on what the row's network inverted", values: values("jones") },
      { title: "STIR", below: "CKA of the column's network, targets and inversions", values: values("stir") },
    ],
    networks.map(({ name }) => name),
    networks.filter(({ robust }) => robust).length,
    "inverting",
  );
}

async function writeSheet({ inversions }: Study): Promise<void> {
  if (chromiumMissing !== undefined) return console.log(chromiumMissing);
  const strip = (name: string, all: readonly Float32Array[], apart = false): Strip => ({
    name,
    images: all.slice(0, shownPairs),
    apart,
  });
  const rows = networks.map(({ name, robust }, i) => {
    const of = targets.map((_, pair) => inversions[i]!.subarray(pair * imageSize, (pair + 1) * imageSize));
    return strip(name, of, i === 0 || (!robust && networks[i - 1]?.robust === true));
  });
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await page.setContent(sheetPage([strip("seed", seeds), strip("target", targets), ...rows], 2));
  await page.locator("main").screenshot({ path: join(out, "inversions.png") });
  await browser.close();
}
