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
  /** Steps of each image; with `gauss-newton` the most that an image may take. */
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

export type StepRule = MomentumRule | GaussNewtonRule;

/** v ← m·v + (1 − m)·g / (‖g‖ + ε) and x ← clamp(x − step · v), g the gradient of the image's residual. */
export interface MomentumRule {
  readonly kind: "momentum";
  readonly step: number;
  readonly momentum: number;
}

/** Some steps along unit gradients, and from there damped Gauss–Newton moves, each image by itself. */
export interface GaussNewtonRule {
  readonly kind: "gauss-newton";
  /** The first steps, and how many. */
  readonly start: { readonly rule: MomentumRule; readonly steps: number };
  /** Evaluations whose gradients are remembered. */
  readonly memory: number;
  /** Euclidean length of the longest move: what keeps the search local. */
  readonly longestMove: number;
  /** Residual at which an image is done. */
  readonly tolerance: number;
}

/** Steps as Jones et al. take them. */
export const jonesRule: MomentumRule = { kind: "momentum", step: 1 / 8, momentum: 0.9 };

const presets: Readonly<Record<PresetId, Preset>> = {
  fast: {
    id: "fast",
    title: "Likeness: the first 100 steps of Jones et al., then damped Gauss–Newton to a residual of 0.003",
    rule: {
      kind: "gauss-newton",
      start: { rule: jonesRule, steps: 100 },
      memory: 32,
      longestMove: 0.03,
      tolerance: 0.003,
    },
    steps: 360,
    seedKind: "other-class",
    repeats: 1,
    rectifier: "exact",
  },
  jones: {
    id: "jones",
    title: "Jones et al. (UAI 2022): unit gradients with momentum 0.9, steps of 1/8",
    rule: jonesRule,
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
