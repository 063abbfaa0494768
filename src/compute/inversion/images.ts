import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encode } from "fast-png";
import { Failure } from "../../core/failure.ts";

/** Images of one pair, by what each is: `seed`, `target`, and each model's name. */
export type PairImages = ReadonlyMap<string, Float32Array>;

/**
 * Writes the images of each pair as `000-seed.png`, `000-target.png`, `000-<model>.png`, with pixels in [0, 1].
 * @param shape C × H × W; of one channel, of three, or of more, of which the first three are shown.
 * @throws Failure `inversion/no-images` where samples are no images, `inversion/cannot-write` where the folder takes no files.
 */
export async function writeImages(
  folder: string,
  shape: readonly number[],
  pairs: readonly PairImages[],
): Promise<void> {
  const digits = Math.max(3, String(pairs.length - 1).length);
  try {
    await mkdir(folder, { recursive: true });
    for (const [position, images] of pairs.entries()) {
      const number = String(position).padStart(digits, "0");
      for (const [name, pixels] of images) {
        await writeFile(join(folder, `${number}-${fileNamePart(name)}.png`), png(pixels, shape));
      }
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("inversion/cannot-write", `The folder takes no files: ${reason}`, {
      file: folder,
      hint: "Choose another folder with --images.",
    });
  }
}

/** What may stand in a file name everywhere. */
function fileNamePart(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "_");
}

/** @throws Failure `inversion/no-images` */
export function checkImageShape(shape: readonly number[]): void {
  if (shape.length === 3) return;
  throw new Failure("inversion/no-images", "The probe's samples are no images, so that none can be written.", {
    hint: "Leave --images out.",
  });
}

function png(pixels: Float32Array, shape: readonly number[]): Uint8Array {
  const [channels = 1, height = 0, width = 0] = shape;
  const shown = channels >= 3 ? 3 : 1;
  const area = height * width;
  const data = new Uint8Array(area * shown);
  for (let c = 0; c < shown; c++) {
    for (let i = 0; i < area; i++) {
      data[i * shown + c] = Math.round(255 * Math.min(1, Math.max(0, pixels[c * area + i] ?? 0)));
    }
  }
  return encode({ width, height, channels: shown, depth: 8, data });
}
