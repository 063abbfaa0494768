import type { Files } from "./memoryFolder.ts";
import { mutateBytes } from "./mutateBytes.ts";
import { Random } from "./random.ts";
import type { Seed, Target } from "./targets.ts";

/** A damaged file, with those beside it. */
export interface Input {
  readonly seed: Seed;
  readonly files: Files;
  /** Whether what a read gave is to be overwritten by the next. */
  readonly overwrites: boolean;
}

/** Input number `index` of a reader: the same one at every call. */
export function makeInput(target: Target, seeds: readonly Seed[], index: number): Input {
  const random = new Random(`${target.name} ${index}`);
  const seed = random.pick(seeds);
  const damage = (bytes: Uint8Array) => mutateBytes(bytes, random, target.tokens);
  const beside = Object.keys(seed.files).filter((name) => name !== seed.main);
  const name = beside.length > 0 && random.chance(0.2) ? random.pick(beside) : seed.main;
  const original = seed.files[name]!;
  const isContainer = seed.damageParts !== undefined && name === seed.main;
  const damaged = isContainer && random.chance(0.7) ? seed.damageParts(original, random, damage) : damage(original);
  return { seed, files: { ...seed.files, [name]: damaged }, overwrites: random.chance(0.5) };
}
