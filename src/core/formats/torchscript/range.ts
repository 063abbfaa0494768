/**
 * The numbers that Python's `range` goes through.
 * @param bounds the end; or start and end; or start, end and step.
 * @returns `undefined` for steps of 0, which would never end.
 */
export function range(bounds: readonly number[]): Iterable<number> | undefined {
  const [start, end, step] =
    bounds.length === 1 ? [0, bounds[0]!, 1] : [bounds[0] ?? 0, bounds[1] ?? 0, bounds[2] ?? 1];
  return step === 0 ? undefined : steps(start, end, step);
}

function* steps(start: number, end: number, step: number): Generator<number> {
  for (let i = start; step > 0 ? i < end : i > end; i += step) yield i;
}
