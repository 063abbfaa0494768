import type { SeedKind } from "./seeds.ts";

/**
 * How representation inversion is done by those who published it, and by us. All minimise ‖Rep(x′) − Rep(t)‖₂ / ‖Rep(t)‖₂
 * of each image by itself over pixels in [0, 1], and keep the best iterate.
 */
export interface Preset {
  readonly id: PresetId;
  /** For people: whose it is, and what it does. */
  readonly title: string;
  readonly rule: StepRule;
  /** Steps of each image; with `quasi-newton` the most that an image may take. */
  readonly steps: number;
  readonly seedKind: SeedKind;
  /** Independent inversions from other seeds, for the spread of the numbers; 1 where seeds are natural images. */
  readonly repeats: number;
  /** What the images' own gradient is at the last rectifier: that of the rectifier, or as if it were the identity. */
  readonly rectifier: Rectifier;
}

export type PresetId = "fast" | "jones" | "stir" | "madry";

export const presetIds: readonly PresetId[] = ["fast", "jones", "stir", "madry"];

export type Rectifier = "exact" | "straight-through";

export type StepRule = MomentumRule | QuasiNewtonRule;

/** v ← m·v + (1 − m)·g / (‖g‖ + ε) and x ← clamp(x − step · v), g the gradient of the image's residual. */
export interface MomentumRule {
  readonly kind: "momentum";
  readonly step: number;
  readonly momentum: number;
}

/** A limited-memory quasi-Newton method per image, with backtracking and a bound on each move. */
export interface QuasiNewtonRule {
  readonly kind: "quasi-newton";
  /** Pairs of moves and gradient changes that are remembered. */
  readonly memory: number;
  /** Euclidean length of the first move, and of the longest: what keeps the search local. */
  readonly firstMove: number;
  readonly longestMove: number;
  /** Residual at which an image is done. */
  readonly tolerance: number;
}

const presets: Readonly<Record<PresetId, Preset>> = {
  fast: {
    id: "fast",
    title: "Likeness: quasi-Newton per image, stopped at a residual of 0.01",
    rule: { kind: "quasi-newton", memory: 10, firstMove: 0.25, longestMove: 0.25, tolerance: 0.01 },
    steps: 400,
    seedKind: "other-class",
    repeats: 1,
    rectifier: "exact",
  },
  jones: {
    id: "jones",
    title: "Jones et al. (UAI 2022): unit gradients with momentum 0.9, steps of 1/8",
    rule: { kind: "momentum", step: 1 / 8, momentum: 0.9 },
    steps: 2000,
    seedKind: "other-class",
    repeats: 1,
    rectifier: "exact",
  },
  stir: {
    id: "stir",
    title: "Nanda et al. (ICML 2022, STIR): unit gradients, steps of 1/2, from noise",
    rule: { kind: "momentum", step: 0.5, momentum: 0 },
    steps: 1000,
    seedKind: "noise",
    repeats: 3,
    rectifier: "exact",
  },
  madry: {
    id: "madry",
    title: "Engstrom et al. (2019): unit gradients, steps of 1, from grey",
    rule: { kind: "momentum", step: 1, momentum: 0 },
    steps: 10_000,
    seedKind: "grey",
    repeats: 1,
    rectifier: "exact",
  },
};

export function preset(id: PresetId): Preset {
  return presets[id];
}
