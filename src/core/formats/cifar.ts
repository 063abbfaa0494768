import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";

const pixels = 3 * 32 * 32;

/** The binary version of CIFAR: records of one label byte (CIFAR-10) or two (CIFAR-100), then 3 × 32 × 32 bytes. */
export interface CifarFile {
  readonly classes: 10 | 100;
  readonly samples: number;
  /** Of CIFAR-100's two labels, the fine one. */
  readonly labels: Int32Array;
  /** Images `start … start + count − 1` as `count × 3 × 32 × 32` bytes. */
  read(start: number, count: number): Uint8Array;
}

/**
 * Opens a binary CIFAR file (Krizhevsky, "The CIFAR-10 dataset", binary version). The file has no header: its size and
 * its label bytes tell what it is.
 * @throws Failure `cifar/not-cifar`
 */
export function openCifar(source: ByteSource): CifarFile {
  const file = withRecords(source, 10, 1) ?? withRecords(source, 100, 2);
  if (file === undefined) {
    throw new Failure(
      "cifar/not-cifar",
      "Its size and first bytes are not those of CIFAR-10 (records of 3073 bytes) or CIFAR-100 (3074 bytes).",
      { file: source.name, hint: "For raw pixels of another kind write a descriptor, images.probe.json." },
    );
  }
  return file;
}

/** @returns `undefined` unless the file is whole records whose labels are all in range */
function withRecords(source: ByteSource, classes: 10 | 100, labelBytes: number): CifarFile | undefined {
  const record = labelBytes + pixels;
  const samples = source.size / record;
  if (samples === 0 || !Number.isInteger(samples)) return undefined;
  const labels = new Int32Array(samples);
  for (let i = 0; i < samples; i++) {
    const label = source.read(i * record + labelBytes - 1, 1)[0] ?? classes;
    if (label >= classes) return undefined;
    labels[i] = label;
  }
  return {
    classes,
    samples,
    labels,
    read(start, count) {
      const records = source.read(start * record, count * record);
      const images = new Uint8Array(count * pixels);
      for (let i = 0; i < count; i++) {
        images.set(records.subarray(i * record + labelBytes, (i + 1) * record), i * pixels);
      }
      return images;
    },
  };
}
