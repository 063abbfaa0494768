import { BlockProducts, samplesAtATime } from "./blockProducts.ts";
import { cellsOf, emptyNumbers } from "./cells.ts";
import { centredTap } from "./centredTap.ts";
import type { Centring } from "./centring.ts";
import type { Gram } from "./gram.ts";
import { fewestSamples } from "./hsic.ts";
import { padded } from "./innerProducts.ts";
import type { Cells } from "./measure.ts";

/** Bytes that the products of one block of row taps may take. */
const productBytes = 64 * 2 ** 20;

/** Below, the jackknife has next to nothing to go by (and HSIC₁ of 4 samples is undefined without one of them). */
const fewestForInterval = 5;

/**
 * CKA(K, L) = HSIC(K, L) / √(HSIC(K, K) · HSIC(L, L)) of every row tap with every column tap, from one Gram per tap over
 * all n samples, with the 95 % interval of the jackknife that leaves out one sample. Costs n² · rows · columns
 * multiplications; row taps are taken in blocks, so that memory is bounded however many there are.
 */
export function* fullCka(
  centring: Centring,
  rows: readonly Gram[],
  columns: readonly Gram[],
): Generator<number, Cells> {
  const size = rows[0]?.size ?? 0;
  const fewest = fewestSamples(centring);
  const tooFew = size < fewest ? `fewer than ${fewest} samples` : undefined;
  const rowTaps = tooFew ? [] : rows.map((gram) => centredTap(gram, centring));
  const columnTaps = rows === columns || tooFew ? rowTaps : columns.map((gram) => centredTap(gram, centring));
  const numbers = emptyNumbers(rows.length * columns.length, size >= fewestForInterval);

  const bytesPerRow = size * padded(columns.length) * Float64Array.BYTES_PER_ELEMENT;
  const blockRows = padded(Math.max(1, Math.floor(productBytes / bytesPerRow) - 2));
  for (let first = 0; first < rowTaps.length; first += blockRows) {
    const block = rowTaps.slice(first, first + blockRows);
    // Against itself, a block meets only the taps from its own first one on: the rest is the mirror image.
    const firstColumn = rows === columns ? first : 0;
    const products = new BlockProducts(block, columnTaps.slice(firstColumn), rows === columns, centring);
    for (let s = 0; s < size; s += samplesAtATime) {
      const end = Math.min(size, s + samplesAtATime);
      products.take(s, end);
      yield (first + (block.length * end) / size) / rows.length;
    }
    products.write(numbers, first, firstColumn, columns.length);
  }
  return cellsOf(
    numbers,
    rows.map((_, row) => tooFew ?? rowTaps[row]?.reason),
    columns.map((_, column) => tooFew ?? columnTaps[column]?.reason),
  );
}
