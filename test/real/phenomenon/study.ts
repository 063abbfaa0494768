import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileSource } from "../../../src/compute/files.ts";
import { decodeEntry, type InversionEntry } from "../../../src/compute/store/entryFile.ts";
import { openNpy } from "../../../src/core/formats/npy.ts";
import { readRows } from "../../../src/core/formats/storedArray.ts";
import { gramOf } from "../../../src/core/measures/gram.ts";
import type { InversionReport, Report } from "../../../src/core/report/report.ts";
import { report } from "../likeness.ts";
import { floatProbe, type Images, imageSize, type Pairs, type Workspace } from "./networks.ts";
import { type Square, unpacked } from "./similarity.ts";

/** The inversions of several networks, and what all networks make of them. */
export interface Study {
  readonly inversion: InversionReport;
  readonly report: Report;
  /** By network, pairs × pixels in [0, 1]. */
  readonly inversions: readonly Float32Array[];
  /** By network, of the targets. */
  readonly natural: readonly Square[];
  /** By inverting network, then by network. */
  readonly inverted: readonly (readonly Square[])[];
  /** By network, share of all images that are named rightly. */
  readonly accuracy: readonly number[];
  /** By network, seconds in the runtime that its inversions took; `undefined` where they were there already. */
  readonly seconds: readonly (number | undefined)[];
}

/**
 * Inverts one network after the other by `likeness invert`, each into a store of its own, from which the pixels are read as
 * they are; then asks for all of them at once, which inverts nothing any more, and shows every network all inversions.
 * @param options of `likeness invert`: preset, steps.
 */
export async function study(
  { folder, probe, checkpoints }: Workspace,
  images: Images,
  pairs: Pairs,
  options: readonly string[],
  told: (line: string) => void,
): Promise<Study> {
  const file = join(folder, "pairs.json");
  writeFileSync(file, JSON.stringify(pairs));
  const question = ["--probe", probe, "--pairs", file, ...options];
  const store = join(folder, "store");
  mkdirSync(store, { recursive: true });
  const inversions: Float32Array[] = [];
  const seconds: (number | undefined)[] = [];
  for (const checkpoint of checkpoints) {
    const own = join(folder, `store-${basename(checkpoint)}`);
    const known = existsSync(own) && readdirSync(own).some(isEntry);
    const { inversion, seconds: taken } = await report("invert", checkpoint, ...question, "--store", own);
    seconds.push(known ? undefined : taken.forward);
    told(`${basename(checkpoint)}: ${taken.forward} s, converged ${inversion?.converged[0]}`);
    const entries = readdirSync(own).filter(isEntry);
    for (const name of entries) copyFileSync(join(own, name), join(store, name));
    inversions.push(storedInversion(own, entries).pixels);
  }
  const whole = await report("invert", ...checkpoints, ...question, "--store", store);
  const { inversion } = whole;
  if (!inversion) throw new Error("the report has no inversions");

  const count = pairs.targets.length;
  const all = imagesAndInversions(images, inversions);
  const shown = floatProbe(folder, "shown", all);
  const natural: Square[] = [];
  const accuracy: number[] = [];
  const inverted: Square[][] = inversions.map(() => []);
  for (const [j, checkpoint] of checkpoints.entries()) {
    const { rows, logits } = await representations(
      folder,
      checkpoint,
      shown,
      inversion.taps[j]!,
      all.length / imageSize,
    );
    const width = rows.length / (all.length / imageSize);
    const square = (part: Float32Array) => unpacked(gramOf(part, count, width));
    const targets = pairs.targets.map((target) => rows.subarray(target * width, (target + 1) * width));
    natural.push(square(Float32Array.from(targets.flatMap((row) => [...row]))));
    for (const [i, squares] of inverted.entries()) {
      const first = (images.labels.length + i * count) * width;
      squares.push(square(rows.slice(first, first + count * width)));
    }
    accuracy.push(rightShare(logits, images.labels));
  }
  return { inversion, report: whole, inversions, natural, inverted, accuracy, seconds };
}

function isEntry(name: string): boolean {
  return !name.endsWith(".json");
}

function storedInversion(folder: string, names: readonly string[]): InversionEntry {
  for (const name of names) {
    const entry = decodeEntry(name.replace(/\..*$/, ""), readFileSync(join(folder, name)));
    if (entry?.kind === "inversion") return entry;
  }
  throw new Error(`${folder} holds no inversions`);
}

function imagesAndInversions({ pixels }: Images, inversions: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(inversions.reduce((sum, { length }) => sum + length, pixels.length));
  all.set(pixels);
  let at = pixels.length;
  for (const inversion of inversions) {
    all.set(inversion, at);
    at += inversion.length;
  }
  return all;
}

/** What a network makes of a probe at a tap, and what it answers. */
async function representations(
  folder: string,
  checkpoint: string,
  probe: string,
  tap: string,
  samples: number,
): Promise<{ readonly rows: Float32Array; readonly logits: Float32Array }> {
  const answer = (await report("inspect", checkpoint)).models[0]?.taps.at(-1)?.name ?? "";
  const out = join(folder, "taps");
  rmSync(out, { recursive: true, force: true });
  const taps = `${tap},${answer}`;
  await report("run", checkpoint, "--probe", probe, "--samples", String(samples), "--taps", taps, "--out", out);
  return { rows: npy(join(out, `${tap}.npy`)), logits: npy(join(out, `${answer}.npy`)) };
}

function npy(path: string): Float32Array {
  const source = fileSource(path);
  try {
    const array = openNpy(source);
    return readRows(array, 0, array.shape[0] ?? 0, "float32") as Float32Array;
  } finally {
    source.close();
  }
}

function rightShare(logits: Float32Array, labels: Uint8Array): number {
  let right = 0;
  for (const [i, label] of labels.entries()) {
    const row = logits.subarray(10 * i, 10 * i + 10);
    if (row.indexOf(Math.max(...row)) === label) right++;
  }
  return right / labels.length;
}
