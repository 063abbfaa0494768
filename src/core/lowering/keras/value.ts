/**
 * A tensor between Keras layers. Keras keeps an image's channels last, ONNX operators take them first: values stay in the
 * form in which they were made, so that no transposition stands between one convolution and the next.
 */
export interface KerasValue {
  /** Name in the graph. */
  readonly value: string;
  /** Whether the last axis, as Keras counts, stands at place 1 in the graph. */
  readonly moved: boolean;
  /** Which steps of a sequence count (`mask_zero`, `Masking`): a value of bool, N × T. */
  readonly mask?: string | undefined;
}

/** Where an axis, as Keras counts (negative ones from the end), stands in the graph. */
export function placeOfAxis(axis: number, rank: number, moved: boolean): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!moved || positive === 0) return positive;
  return positive === rank - 1 ? 1 : positive + 1;
}
