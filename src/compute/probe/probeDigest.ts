import { createHash, type Hash } from "node:crypto";
import { statSync } from "node:fs";
import type { SampleSource } from "./sampleSource.ts";

/** Samples read at a time. */
const batch = 64;
/** A file that changed less than this ago may change again without a new time of change. */
const settledAfterMs = 2000;
/** Probes that are remembered; the one read first goes first. */
const most = 16;

/** What was made of stored samples, by everything that decides it: asking again does not read the probe again. */
const known = new Map<string, Hash>();

/**
 * SHA-256, in hex, over what is stored, and the rule that makes values of it: four times fewer bytes than the values where
 * pixels are.
 */
export function probeDigest(source: SampleSource, samples: number, labels: Int32Array | undefined): string {
  const hash = storedSamples(source, samples).copy();
  if (labels !== undefined) hash.update("labels\n").update(new Uint8Array(labels.buffer));
  return hash.digest("hex");
}

function storedSamples(source: SampleSource, samples: number): Hash {
  const { shape, scale, recipe } = source;
  const rule = `probe@2 ${[samples, ...shape].join("×")} × ${scale} ${recipe}\n`;
  const key = identity(source, rule);
  const found = key === undefined ? undefined : known.get(key);
  if (found) return found;
  const hash = createHash("sha256").update(rule);
  for (let start = 0; source.bytes !== undefined && start < samples; start += batch) {
    hash.update(source.bytes(start, Math.min(batch, samples - start)));
  }
  if (key !== undefined && key === identity(source, rule)) {
    known.set(key, hash);
    for (const oldest of [...known.keys()].slice(0, -most)) known.delete(oldest);
  }
  return hash;
}

/** The same for the same samples of a file that has not changed; `undefined` where that cannot be told. */
function identity({ place }: SampleSource, rule: string): string | undefined {
  const file = place && statSync(place.file, { throwIfNoEntry: false });
  if (!file || Date.now() - file.mtimeMs < settledAfterMs) return undefined;
  return JSON.stringify([place.file, place.offset, file.dev, file.ino, file.size, file.mtimeMs, rule]);
}
