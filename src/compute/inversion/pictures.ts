import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../core/failure.ts";
import type { PairPictures } from "../../core/report/report.ts";
import type { Asked } from "./asked.ts";
import { filmStrip } from "./filmStrip.ts";
import { inBytes } from "./frames.ts";
import { png } from "./png.ts";
import type { Side } from "./side.ts";

/**
 * Writes the images of each pair, of the first repeat: `000-seed.png`, `000-target.png`, `000-<model>.png`, and
 * `000-<model>-descent.png`, the way there as frames side by side.
 * @returns the names of the files, by pair.
 * @throws Failure `inversion/cannot-write` where the folder takes no files.
 */
export async function writePictures(
  folder: string,
  { probe, targets, seed, names }: Asked,
  sides: readonly Side[],
): Promise<readonly PairPictures[]> {
  const { sampleShape: shape } = probe;
  const models = fileStems(names);
  return writing(folder, async () => {
    const pictures: PairPictures[] = [];
    for (const [pair, target] of targets.entries()) {
      const start = seed(pair);
      const write = async (what: string, images: readonly Uint8Array[]): Promise<string> => {
        const file = pictureName(pair, targets.length, what);
        await writeFile(join(folder, file), png(images, shape));
        return file;
      };
      const inversions: string[] = [];
      const descents: PairPictures["descents"][number][] = [];
      for (const [i, { inversions: found }] of sides.entries()) {
        const strip = filmStrip(start, found[pair]!);
        inversions.push(await write(models[i]!, [inBytes(found[pair]!.pixels)]));
        const file = await write(
          `${models[i]}-descent`,
          strip.map(({ pixels }) => pixels),
        );
        descents.push({ file, steps: strip.map(({ step }) => step) });
      }
      pictures.push({
        seed: await write("seed", [inBytes(start)]),
        target: await write("target", [inBytes(target)]),
        inversions,
        descents,
      });
    }
    return pictures;
  });
}

/** @throws Failure `inversion/no-images` */
export function checkImageShape(shape: readonly number[]): void {
  if (shape.length === 3) return;
  throw new Failure("inversion/no-images", "The probe's samples are no images, so that none can be written.", {
    hint: "Leave --images out.",
  });
}

/** `007-what.png` */
export function pictureName(pair: number, pairs: number, what: string): string {
  const digits = Math.max(3, String(pairs - 1).length);
  return `${String(pair).padStart(digits, "0")}-${what}.png`;
}

/** The models' names as parts of file names, each another one. */
export function fileStems(names: readonly string[]): readonly string[] {
  const taken = new Set(["seed", "target"]);
  return names.map((name) => {
    const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, "_");
    let stem = safe;
    for (let n = 2; taken.has(stem.toLowerCase()); n++) stem = `${safe}-${n}`;
    // Some file systems know no capitals.
    for (const own of [stem, `${stem}-descent`]) taken.add(own.toLowerCase());
    return stem;
  });
}

/** Makes the folder, and says by name where it takes no files. */
export async function writing<Result>(folder: string, write: () => Promise<Result>): Promise<Result> {
  try {
    await mkdir(folder, { recursive: true });
    return await write();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("inversion/cannot-write", `The folder takes no files: ${reason}`, {
      file: folder,
      hint: "Choose another folder with --images.",
    });
  }
}
