import { ints } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";

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

/** Where values are made, and what is known of them there. */
interface Forms {
  readonly builder: GraphBuilder;
  /** The same value in the other form, by its name: nothing is transposed twice, nor back. */
  readonly otherForm: Map<string, string>;
}

/** A value with its axes in the order of Keras. */
export function inKerasOrder(forms: Forms, { value, moved }: KerasValue): string {
  return moved ? transposed(forms, value, (rank) => [0, ...range(2, rank), 1]) : value;
}

/** A value of at least three axes with the last one, as Keras counts, at place 1. */
export function withChannelsFirst(forms: Forms, { value, moved }: KerasValue): string {
  return moved ? value : transposed(forms, value, (rank) => [0, rank - 1, ...range(1, rank - 1)]);
}

function transposed({ builder, otherForm }: Forms, value: string, permutation: (rank: number) => number[]): string {
  const known = otherForm.get(value);
  if (known !== undefined) return known;
  const perm = ints(permutation(builder.shapeOf(value).length));
  const made = builder.add("Transpose", [value], { perm });
  otherForm.set(value, made).set(made, value);
  return made;
}

/** The integers from `start` up to, not including, `end`. */
export function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}
