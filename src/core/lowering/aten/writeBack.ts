import { int } from "../../graph/attributes.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { KnownArray } from "./fold/arrays.ts";
import { reshape, where } from "./layout.ts";
import { concrete, type Operand } from "./operand.ts";
import { batch, type Size, sizeFor } from "./value.ts";
import { OnnxWriter } from "./writer.ts";

/** A view of a base, computed for a given number of samples where there is one. */
export type Seeing = (writer: OnnxWriter, base: Operand, samples: number | undefined) => Operand;

/**
 * The base after elements of a view of it were written. Which of the base's elements the view shows is found out by looking
 * at a base that holds its own positions.
 * @throws Failure `…/unsupported-op` where the view mixes samples, or is too large to look at.
 */
export function writtenBack(w: OnnxWriter, base: Operand, written: Operand, see: Seeing): Operand {
  const perSample = concrete(base.shape) === undefined;
  const places = placesOf(w, base, see, perSample ? 1 : undefined);
  const count = elementCount(base.shape.map((size) => sizeFor(size, 1)));
  if (perSample && !isPerSample(places, placesOf(w, base, see, 2), count)) {
    throw w.unsupported("it writes into a view across samples");
  }
  const from = new Float64Array(count).fill(-1);
  for (const [i, place] of places.entries()) from[place] = i;
  const rows: Size = perSample ? batch : 1;
  const flat = reshape(w, written, [rows, places.length]);
  const isSame = places.length === count && from.every((place, i) => place === i);
  const index = () => w.table([count], "int", (i) => Math.max(0, from[i]!));
  const spread = isSame ? flat : w.add("Gather", [flat, index()], { axis: int(1) });
  if (from.every((place) => place >= 0)) return reshape(w, spread, base.shape);
  const mask = w.table([1, count], "bool", (i) => (from[i]! >= 0 ? 1 : 0));
  return reshape(w, where(w, mask, spread, reshape(w, base, [rows, count])), base.shape);
}

/** The position in the base of each element of the view. Computed beside the graph: all of it is known. */
function placesOf(w: OnnxWriter, base: Operand, see: Seeing, samples: number | undefined): Float64Array {
  const beside = new OnnxWriter(new GraphBuilder(), w.format);
  beside.operator = w.operator;
  const shape = base.shape.map((size) => sizeFor(size, samples ?? 1));
  const { known }: { known: KnownArray | undefined } = see(
    beside,
    beside.table(shape, "int", (i) => i),
    samples,
  );
  if (!known) throw w.unsupported("it writes into a view that is too large");
  return known.data;
}

/** Whether two samples are two times one sample. */
function isPerSample(one: Float64Array, two: Float64Array, count: number): boolean {
  return (
    two.length === 2 * one.length &&
    two.every((place, i) => place === one[i % one.length]! + (i < one.length ? 0 : count))
  );
}
