/** The next number of a stream: uniform in [0, 1), a multiple of 2^-24, so exact in float32. */
export type Random = () => number;

/**
 * A stream of pseudo-random numbers that is the same on every machine, by integer arithmetic only: xoshiro128**
 * (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), seeded by splitmix32.
 * @param seeds integers; each combination gives a stream of its own
 */
export function random(...seeds: readonly number[]): Random {
  let state = 0;
  const splitmix = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  for (const seed of seeds) state = splitmix() ^ seed;
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result >>> 0;
  };
  return () => (next() >>> 8) * 2 ** -24;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
