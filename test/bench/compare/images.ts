import { closeSync, openSync, readSync } from "node:fs";

export interface Images {
  readonly data: Float32Array;
  readonly count: number;
  /** Sizes of one image, C × H × W. */
  readonly shape: readonly number[];
  /** Numbers per image. */
  readonly size: number;
}

/**
 * The first `count` images of a float32 `.npy` file as `export_models.py` writes it (format 1.0, C order).
 * @throws Error where the file is anything else, or holds fewer
 */
export function readImages(path: string, count: number): Images {
  const file = openSync(path, "r");
  try {
    const prefix = Buffer.alloc(10);
    readSync(file, prefix, 0, 10, 0);
    const header = Buffer.alloc(prefix.readUInt16LE(8));
    readSync(file, header, 0, header.length, 10);
    const facts = /'descr': '<f4', 'fortran_order': False, 'shape': \(([\d, ]+)\)/.exec(header.toString("latin1"));
    const [held = 0, ...shape] = (facts?.[1] ?? "").split(",").map(Number);
    if (held < count) throw new Error(`${path} does not hold ${count} float32 images.`);
    const size = shape.reduce((product, length) => product * length, 1);
    const data = new Float32Array(count * size);
    readSync(file, data, 0, data.byteLength, 10 + header.length);
    return { data, count, shape, size };
  } finally {
    closeSync(file);
  }
}
