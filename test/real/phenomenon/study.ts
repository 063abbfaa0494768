import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileSource } from "../../../src/compute/files.ts";
import { decodeEntry, type InversionEntry } from "../../../src/compute/store/entryFile.ts";
import { openNpy } from "../../../src/core/formats/npy.ts";
import { readRows } from "../../../src/core/formats/storedArray.ts";
import { gramOf } from "../../../src/core/measures/gram.ts";
import type { InversionReport } from "../../../src/core/report/report.ts";
import { report } from "../likeness.ts";
import { floatProbe, type Images, imageSize, type Pairs, type Workspace } from "./networks.ts";
import { type Square, unpacked } from "./similarity.ts";

/** The inversions of several networks, and what all networks make of them. */
export interface Study {
  /** By network, of its inversions alone. */
  readonly reports: readonly InversionReport[];
  /** By network, pairs × pixels in [0, 1]. */
  readonly inversions: readonly Float32Array[];
  /** By network, of the targets. */
  readonly natural: readonly Square[];
  /** By inverting network, then by network. */
  readonly inverted: readonly (readonly Square[])[];
  /** By network, share of all images that are named rightly. */
  readonly accuracy: readonly number[];
}

/**
 * Inverts one network after the other by `likeness invert`, each into a store of its own, from which the pixels are read as
 * they are, and shows every network all inversions by `likeness run`. What lies in a store is not inverted again.
 * @param options of `likeness invert` for all networks: preset, steps.
 */
export async function study(
  { folder, probe, checkpoints, rectifiers }: Workspace,
  images: Images,
  pairs: Pairs,
  options: readonly string[],
  told: (line: string) => void,
): Promise<Study> {
  const file = join(folder, "pairs.json");
  writeFileSync(file, JSON.stringify(pairs));
  const reports: InversionReport[] = [];
  const inversions: Float32Array[] = [];
  for (const [i, checkpoint] of checkpoints.entries()) {
    const store = join(folder, `store-${basename(checkpoint)}`);
    const question = ["--probe", probe, "--pairs", file, "--rectifier", rectifiers[i]!, ...options];
    const { inversion, seconds } = await report("invert", checkpoint, ...question, "--store", store);
    if (!inversion) throw new Error("the report has no inversions");
    told(`${basename(checkpoint)}: ${seconds.forward} s, converged ${inversion.converged[0]}`);
    reports.push(inversion);
    inversions.push(storedInversion(store).pixels);
  }

  const count = pairs.targets.length;
  const all = imagesAndInversions(images, inversions);
  const shown = floatProbe(folder, "shown", all);
  const samples = all.length / imageSize;
  const natural: Square[] = [];
  const accuracy: number[] = [];
  const inverted: Square[][] = inversions.map(() => []);
  for (const [j, checkpoint] of checkpoints.entries()) {
    const { rows, logits } = await representations(folder, checkpoint, shown, reports[j]!.tap, samples);
    const width = rows.length / samples;
    const square = (part: Float32Array) => unpacked(gramOf(part, count, width));
    const targets = new Float32Array(count * width);
    for (const [k, target] of pairs.targets.entries()) {
      targets.set(rows.subarray(target * width, (target + 1) * width), k * width);
    }
    natural.push(square(targets));
    for (const [i, squares] of inverted.entries()) {
      const first = (images.labels.length + i * count) * width;
      squares.push(square(rows.slice(first, first + count * width)));
    }
    accuracy.push(rightShare(logits, images.labels));
  }
  return { reports, inversions, natural, inverted, accuracy };
}

function storedInversion(folder: string): InversionEntry {
  for (const name of readdirSync(folder)) {
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
