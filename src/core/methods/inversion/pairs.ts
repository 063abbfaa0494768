import { Failure } from "../../failure.ts";
import { random } from "../../probe/random.ts";
import type { SeedKind } from "./seeds.ts";

/** Which sample each inversion begins from and which it is to look like to the network: indices into the probe. */
export interface Pairs {
  /** Of the same length as `targets`; empty where seeds are drawn. */
  readonly seeds: readonly number[];
  readonly targets: readonly number[];
}

/** Fewest pairs that the unbiased estimator is defined for. */
export const fewestPairs = 4;

/**
 * All samples as targets, in order, each with a seed: the next sample from a drawn distance on, around the end, that has
 * another label; with `image`, or without labels, any other sample.
 */
export function choosePairs(samples: number, labels: Int32Array | undefined, kind: SeedKind, seed: number): Pairs {
  const targets = Array.from({ length: samples }, (_, i) => i);
  if (kind !== "other-class" && kind !== "image") return { seeds: [], targets };
  const draw = random(0x9a, seed);
  const seeds = targets.map((target) => {
    const first = 1 + Math.floor(draw() * Math.max(1, samples - 1));
    for (let k = 0; k < samples && labels && kind === "other-class"; k++) {
      const candidate = (target + first + k) % samples;
      if (labels[candidate] !== labels[target]) return candidate;
    }
    return (target + first) % samples;
  });
  return { seeds, targets };
}

/**
 * Pairs that somebody wrote down: `{"seeds": [0, 1, …], "targets": [200, …]}`; `seeds` may be absent where they are drawn.
 * @throws Failure `inversion/pairs` that says what is wrong.
 */
export function parsePairs(value: unknown, file: string, naturalSeeds: boolean): Pairs {
  const fields: { seeds?: unknown; targets?: unknown } = typeof value === "object" && value !== null ? value : {};
  const [seeds, targets] = [indices(fields.seeds), indices(fields.targets)];
  const fail = (message: string): Failure =>
    new Failure("inversion/pairs", message, {
      file,
      hint: 'Write {"seeds":[0,1,…],"targets":[200,201,…]}: two lists of equal length, of indices into the probe.',
    });
  if (!targets) throw fail("There is no list of indices named targets.");
  if (fields.seeds !== undefined && !seeds) throw fail("What is named seeds is no list of indices.");
  if (!naturalSeeds) return { seeds: [], targets };
  if (seeds?.length !== targets.length) {
    throw fail(`There are ${seeds?.length ?? 0} seeds for ${targets.length} targets.`);
  }
  return { seeds, targets };
}

/** How many samples of the probe the pairs reach into. */
export function samplesNeeded({ seeds, targets }: Pairs): number {
  return [...seeds, ...targets].reduce((most, index) => Math.max(most, index + 1), 0);
}

/**
 * @throws Failure `inversion/pairs` where the probe lacks a sample, `inversion/too-few` where there are too few pairs.
 */
export function checkPairs(pairs: Pairs, samples: number): void {
  const needed = samplesNeeded(pairs);
  if (needed > samples) {
    throw new Failure("inversion/pairs", `The pairs name sample ${needed - 1}, and the probe has ${samples}.`, {
      hint: "Indices count from 0.",
    });
  }
  if (pairs.targets.length < fewestPairs) {
    throw new Failure("inversion/too-few", `${pairs.targets.length} pairs are too few to compare by.`, {
      hint: `Take at least ${fewestPairs}; 64 or more give numbers that mean something.`,
    });
  }
}

/** How many pairs have a seed of the target's own class. */
export function sameClassPairs({ seeds, targets }: Pairs, labels: Int32Array | undefined): number {
  if (!labels) return 0;
  return seeds.filter((seed, i) => labels[seed] === labels[targets[i] ?? -1]).length;
}

function indices(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((index) => Number.isSafeInteger(index) && index >= 0) ? value : undefined;
}
