import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileSource } from "../../src/compute/files.ts";
import { openNpy } from "../../src/core/formats/npy.ts";
import { readRows } from "../../src/core/formats/storedArray.ts";
import { report } from "./likeness.ts";

/** What PyTorch 1.13 computed of one network in float32: `reference-values/<name>.*`. */
export interface Reference {
  /** A probe of the samples as the network takes them. */
  readonly probe: string;
  readonly logits: Float32Array;
  /** An inner representation; the name of its layer is in the folder's index. */
  readonly representation: Float32Array;
}

interface Entry {
  readonly shapes: Readonly<Record<"input" | "logits" | "rep", readonly number[]>>;
}

/** Reads the reference values of a network; its probe is written to `folder`. */
export function reference(assets: string, name: string, folder: string): Reference {
  const values = join(assets, "reference-values");
  const index = JSON.parse(readFileSync(join(values, "index.json"), "utf8")) as Record<string, Entry>;
  const probe = join(folder, `${name}.probe.json`);
  const input = { file: join(values, `${name}.input.f32`), dtype: "float32", shape: index[name]?.shapes.input };
  writeFileSync(probe, JSON.stringify({ ...input, ...(input.shape?.length === 4 && { layout: "NCHW" }) }));
  const numbers = (what: string): Float32Array => {
    const bytes = readFileSync(join(values, `${name}.${what}.f32`));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };
  return { probe, logits: numbers("logits"), representation: numbers("rep") };
}

/** Every tap of a network on a probe, by name in the order of the network, as `likeness run` writes it. */
export async function tapsOf(
  folder: string,
  checkpoint: string,
  probe: string,
  ...options: readonly string[]
): Promise<ReadonlyMap<string, Float32Array>> {
  return chosenTaps(folder, checkpoint, probe, "@all", ...options);
}

/** What a network answers, and nothing else. */
export async function answerOf(
  folder: string,
  checkpoint: string,
  probe: string,
  ...options: readonly string[]
): Promise<Float32Array | undefined> {
  const output = (await report("inspect", checkpoint)).models[0]?.taps.at(-1)?.name ?? "";
  return [...(await chosenTaps(folder, checkpoint, probe, output, ...options)).values()].at(-1);
}

async function chosenTaps(
  folder: string,
  checkpoint: string,
  probe: string,
  chosen: string,
  ...options: readonly string[]
): Promise<ReadonlyMap<string, Float32Array>> {
  const out = join(folder, "taps");
  mkdirSync(out, { recursive: true });
  const ran = await report("run", checkpoint, "--probe", probe, "--taps", chosen, "--out", out, ...options);
  const files = new Set(readdirSync(out));
  const taps = new Map<string, Float32Array>();
  for (const { name } of ran.models[0]?.taps ?? []) {
    const file = `${name.replace(/[^\p{L}\p{N}._#-]/gu, "_")}.npy`;
    if (files.has(file)) taps.set(name, npy(join(out, file)));
  }
  return taps;
}

function npy(path: string): Float32Array {
  const source = fileSource(path);
  try {
    const array = openNpy(source);
    return readRows(array, 0, array.shape[0] ?? 0, "float32");
  } finally {
    source.close();
  }
}

/** Largest difference; infinite where the lengths differ. */
export function apart(a: ArrayLike<number> | undefined, b: ArrayLike<number>): number {
  if (a?.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < b.length; i++) worst = Math.max(worst, Math.abs((a[i] ?? Number.NaN) - (b[i] ?? 0)));
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst;
}
