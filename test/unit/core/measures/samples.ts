/** A matrix of test numbers, row by row; rows are samples. */
export interface Samples {
  readonly values: Float64Array;
  readonly size: number;
  readonly width: number;
}

/** Standard normal numbers that are the same in every run (mulberry32, Box–Muller). */
export function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** So many samples whose features `feature(sample, index)` gives. */
export function samplesOf(size: number, width: number, feature: (s: number, f: number) => number): Samples {
  const values = new Float64Array(size * width);
  for (let s = 0; s < size; s++) for (let f = 0; f < width; f++) values[s * width + f] = feature(s, f);
  return { values, size, width };
}

/** Independent normal features. */
export function noise(seed: number, size: number, width: number): Samples {
  const next = normals(seed);
  return samplesOf(size, width, next);
}

/** `share` of x's features, cyclically, plus noise: a representation related to x. */
export function related(x: Samples, seed: number, width: number, share = 0.7): Samples {
  const next = normals(seed);
  return samplesOf(x.size, width, (s, f) => share * x.values[s * x.width + (f % x.width)]! + (1 - share) * next());
}

/** The samples that `keep` names. */
export function subset(x: Samples, keep: (s: number) => boolean): Samples {
  const kept = Array.from({ length: x.size }, (_, s) => s).filter(keep);
  return samplesOf(kept.length, x.width, (s, f) => x.values[kept[s]! * x.width + f]!);
}
