import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Inverting, type Tasks } from "../../../src/compute/inversion/inverting.ts";
import type { Preset } from "../../../src/core/methods/inversion/presets.ts";
import type { Subject } from "./subject.ts";

/** All images of one repetition, inverted. */
export interface Inversions {
  readonly images: readonly Float32Array[];
  /** The best of each image. */
  readonly residuals: readonly number[];
  /** Median over images of the best residual after each evaluation, the seed's first. */
  readonly curve: readonly number[];
  /** Evaluations of all images together. */
  readonly evaluations: number;
  readonly seconds: number;
}

/** How to invert: what a preset says of it. */
export type Setting = Pick<Preset, "rule" | "steps">;

/** Inverts the targets of a subject, as the command does. */
export async function invertAll(subject: Subject, { rule, steps }: Setting, repetition: number): Promise<Inversions> {
  const { runner, targets } = subject;
  const inverting = new Inverting(targets.length, rule, steps);
  const start = performance.now();
  await inverting.go(runner, tasksOf(subject, repetition), new AbortController().signal, () => {});
  const seconds = (performance.now() - start) / 1000;
  const found = inverting.result ?? [];
  const histories = found.map(({ history }) => history);
  const longest = Math.max(...histories.map(({ length }) => length));
  return {
    images: found.map(({ pixels }) => pixels),
    residuals: found.map(({ residual }) => residual),
    curve: Array.from({ length: longest }, (_, step) => middle(histories.map((h) => h[Math.min(step, h.length - 1)]!))),
    evaluations: histories.reduce((sum, { length }) => sum + length, 0),
    seconds,
  };
}

/** As {@link invertAll}, from the folder where it has been done before: thousands of steps take minutes. */
export async function invertOnce(
  folder: string,
  subject: Subject,
  { rule, steps }: Setting,
  repetition: number,
): Promise<Inversions> {
  const key = createHash("sha256")
    .update(JSON.stringify([subject.digest, rule, steps, repetition]))
    .digest("hex");
  const [facts, pixels] = [join(folder, `${key}.json`), join(folder, `${key}.f32`)];
  if (existsSync(facts)) {
    const own = subject.targets[0]?.length ?? 0;
    const all = new Float32Array(Uint8Array.from(readFileSync(pixels)).buffer);
    const images = subject.targets.map((_, i) => all.subarray(i * own, (i + 1) * own));
    return { ...JSON.parse(readFileSync(facts, "utf8")), images };
  }
  const { images, ...rest } = await invertAll(subject, { rule, steps }, repetition);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    pixels,
    Buffer.concat(images.map((image) => new Uint8Array(image.buffer, image.byteOffset, image.byteLength))),
  );
  writeFileSync(facts, JSON.stringify(rest));
  return { images, ...rest };
}

/** Seconds that all images take for one evaluation each. */
export async function secondsPerEvaluation(subject: Subject, { rule }: Setting, evaluations: number): Promise<number> {
  const { seconds } = await invertAll(subject, { rule, steps: evaluations - 1 }, 0);
  return seconds / evaluations;
}

function tasksOf({ rows, inverting: { tap }, targets, seeds }: Subject, repetition: number): Tasks {
  const images = seeds(repetition);
  return {
    count: targets.length,
    seed: (position) => images[position]!,
    target: (position) => rows.subarray(position * tap.width, (position + 1) * tap.width),
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
