import { type Gram, gramOf } from "../../core/measures/gram.ts";
import type { InvertedGrams } from "../../core/methods/inversion/invertedGrams.ts";
import type { Asked } from "./asked.ts";
import type { Side } from "./side.ts";
import type { Workplace } from "./workplace.ts";

/** What the models made of the inversions. */
export interface Measured {
  /** By repeat. */
  readonly grams: readonly InvertedGrams[];
  readonly classes: ClassesOn;
}

/** Classes named, by repeat, inverting model and naming model; `undefined` where a network names none. */
export type ClassesOn = readonly (readonly (readonly (Int32Array | undefined)[])[])[];

/** Shows every model the inversions of all. */
export async function measured(sides: readonly Side[], asked: Asked, place: Workplace): Promise<Measured> {
  const pairs = asked.targets.length;
  const lists = Array.from({ length: asked.setting.repeats }, (_, r) =>
    sides.map(({ inversions }) => inversions.slice(r * pairs, (r + 1) * pairs).map(({ pixels }) => pixels)),
  );
  const gram = (rows: Float32Array, { tap }: Side): Gram => gramOf(rows, pairs, tap.width);
  const inverted = lists.map((list) => list.map((): Gram[] => []));
  const classes = lists.map((list) => list.map((): (Int32Array | undefined)[] => []));
  for (const side of sides) {
    const found = await place.represent(side.model, side.tap, lists.flat());
    for (const [k, { rows, classes: named }] of found.entries()) {
      const [r, i] = [Math.floor(k / sides.length), k % sides.length];
      inverted[r]![i]!.push(gram(rows, side));
      classes[r]![i]!.push(named);
    }
  }
  const targets = sides.map((side) => gram(side.targets.rows, side));
  return { grams: inverted.map((each) => ({ targets, inverted: each })), classes };
}
