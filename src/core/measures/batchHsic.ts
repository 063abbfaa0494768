import { type CentredGram, type Centring, centre, writeCentredTriangle } from "./centring.ts";
import type { Gram } from "./gram.ts";
import { hsicWeight } from "./hsic.ts";
import { addInnerProducts, padded } from "./innerProducts.ts";
import { addSelfSimilarity, type SelfSimilarity, selfSimilarity } from "./selfSimilarity.ts";

/** Entries of every Gram that are centred and multiplied at a time, so that memory grows with taps, not with batches. */
const entriesAtATime = 2048;

/** HSIC of every pair of taps and of every tap with itself, of one batch or summed over several. */
export interface HsicSums {
  readonly batches: number;
  /** Rows × columns. */
  readonly cells: Float64Array;
  readonly rows: readonly SelfSimilarity[];
  readonly columns: readonly SelfSimilarity[];
}

/** HSIC of one batch; the same array twice is a model against itself. */
export function batchHsic(centring: Centring, rows: readonly Gram[], columns: readonly Gram[]): HsicSums {
  const size = rows[0]?.size ?? 0;
  const weight = hsicWeight(centring, size);
  const rowTaps = new Triangles(rows, centring);
  const columnTaps = rows === columns ? rowTaps : new Triangles(columns, centring);
  const products = new Float64Array(padded(rows.length) * padded(columns.length));
  for (let first = 0; first < size; ) {
    const end = Math.min(size, first + Math.ceil(entriesAtATime / (size - first)));
    const depth = rowTaps.take(first, end);
    if (columnTaps !== rowTaps) columnTaps.take(first, end);
    const [a, b] = [rowTaps.factors, columnTaps.factors];
    addInnerProducts(a, padded(rows.length), b, padded(columns.length), depth, products, rows === columns);
    first = end;
  }
  const cells = new Float64Array(rows.length * columns.length);
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) {
      const [row, column] = rows === columns && j < i ? [j, i] : [i, j];
      cells[i * columns.length + j] = 2 * weight * products[row * padded(columns.length) + column]!;
    }
  }
  const rowSelves = rowTaps.selfSimilarities(weight);
  return {
    batches: 1,
    cells,
    rows: rowSelves,
    columns: rows === columns ? rowSelves : columnTaps.selfSimilarities(weight),
  };
}

/** Several batches together; at least one. */
export function sumHsic(parts: readonly HsicSums[]): HsicSums {
  return parts.reduce((sum, part) => ({
    batches: sum.batches + part.batches,
    cells: sum.cells.map((cell, i) => cell + part.cells[i]!),
    rows: sum.rows.map((self, tap) => addSelfSimilarity(self, part.rows[tap]!)),
    columns: sum.columns.map((self, tap) => addSelfSimilarity(self, part.columns[tap]!)),
  }));
}

/** The centred Grams of one side, some rows of their triangles at a time. */
class Triangles {
  /** Taps, padded, × the depth of the rows taken last. */
  readonly factors: Float64Array;
  readonly #grams: readonly Gram[];
  readonly #centred: readonly CentredGram[];
  readonly #norms: Float64Array;

  constructor(grams: readonly Gram[], centring: Centring) {
    const size = grams[0]?.size ?? 0;
    this.#grams = grams;
    this.#centred = grams.map((gram) => centre(gram, centring));
    this.#norms = new Float64Array(grams.length);
    this.factors = new Float64Array(padded(grams.length) * (entriesAtATime + size));
  }

  /** Centres rows `first` to `end` of every Gram's triangle and returns how many entries that is per tap. */
  take(first: number, end: number): number {
    let at = 0;
    let depth = 0;
    for (const [tap, gram] of this.#centred.entries()) {
      depth = writeCentredTriangle(gram, first, end, this.factors, at);
      let norm = 0;
      for (let i = at; i < at + depth; i++) norm += this.factors[i]! ** 2;
      this.#norms[tap]! += 2 * norm;
      at += depth;
    }
    this.factors.fill(0, at);
    return depth;
  }

  selfSimilarities(weight: number): SelfSimilarity[] {
    return this.#grams.map((gram, tap) => selfSimilarity(gram, this.#centred[tap]!, this.#norms[tap]!, weight));
  }
}
