/** The middle of the values; the mean of the two middle ones where there is an even number of them. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * One-sided 95 % bounds of the median of the values, by bootstrap: so often have 95 % of resampled medians been below
 * `upper`, and 95 % above `lower`. The same values always give the same bounds.
 */
export function medianBounds(values: readonly number[], resamples = 10_000): { lower: number; upper: number } {
  const random = randomNumbers(1);
  const medians: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    medians.push(median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)));
  }
  return { lower: quantile(medians, 0.05), upper: quantile(medians, 0.95) };
}

/** The value below which the fraction `part` of the values lies, interpolated. */
function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = part * (sorted.length - 1);
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
