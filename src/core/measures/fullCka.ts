import { Jackknife } from "../statistics/jackknife.ts";
import { type CellNumbers, cellsOf, emptyNumbers } from "./cells.ts";
import { type CentredGram, type Centring, centre, writeCentredRow } from "./centring.ts";
import type { Gram } from "./gram.ts";
import { deleteOne, fewestSamples } from "./hsic.ts";
import { addInnerProducts, padded } from "./innerProducts.ts";
import type { Cells } from "./measure.ts";
import { definedNorm, normWithout, selfSimilarity, undefinedReason } from "./selfSimilarity.ts";

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
    const products = new BlockProducts(block, columnTaps.slice(firstColumn), rows === columns);
    for (let s = 0; s < size; s++) {
      products.take(s);
      yield (first + (block.length * (s + 1)) / size) / rows.length;
    }
    products.write(numbers, first, firstColumn, columns.length);
  }
  return cellsOf(
    numbers,
    rows.map((_, row) => tooFew ?? rowTaps[row]?.reason),
    columns.map((_, column) => tooFew ?? columnTaps[column]?.reason),
  );
}

/** One tap's centred Gram and its share in each of its cells. */
interface CentredTap {
  readonly gram: CentredGram;
  /** ‖K‖²; `NaN` where the tap has no CKA. */
  readonly norm: number;
  /** ‖K‖² without sample s, centred anew; `NaN` where that is rounding. */
  readonly normsWithout: Float64Array;
  /** K_ss. */
  readonly diagonal: Float64Array;
  readonly reason: string | undefined;
}

function centredTap(gram: Gram, centring: Centring): CentredTap {
  const { size } = gram;
  const centred = centre(gram, centring);
  const diagonal = new Float64Array(size);
  const rowNorms = new Float64Array(size);
  const row = new Float64Array(size);
  let norm = 0;
  for (let s = 0; s < size; s++) {
    writeCentredRow(centred, s, row, 0);
    let rowNorm = 0;
    for (const entry of row) rowNorm += entry * entry;
    diagonal[s] = row[s]!;
    rowNorms[s] = rowNorm;
    norm += rowNorm;
  }
  const self = selfSimilarity(gram, centred, norm);
  const { byRow, byDiagonal } = deleteOne(centring, size);
  const normsWithout = rowNorms.map((rowNorm, s) =>
    normWithout(self, norm - byRow * rowNorm + byDiagonal * diagonal[s]! ** 2),
  );
  return { gram: centred, norm: definedNorm(self), normsWithout, diagonal, reason: undefinedReason(self) };
}

/** a_s = Σ_t K_st L_st of a block of row taps with all column taps, sample by sample, and what follows from them. */
class BlockProducts {
  readonly #rows: readonly CentredTap[];
  readonly #columns: readonly CentredTap[];
  readonly #symmetric: boolean;
  readonly #size: number;
  readonly #width: number;
  readonly #cells: number;
  /** Samples × padded rows × padded columns. */
  readonly #products: Float64Array;
  readonly #rowFactors: Float64Array;
  readonly #columnFactors: Float64Array;

  /** @param symmetric The rows are the first of the columns: only cells on and above the diagonal are computed. */
  constructor(rows: readonly CentredTap[], columns: readonly CentredTap[], symmetric: boolean) {
    this.#rows = rows;
    this.#columns = columns;
    this.#symmetric = symmetric;
    this.#size = rows[0]?.gram.size ?? 0;
    this.#width = padded(columns.length);
    this.#cells = padded(rows.length) * this.#width;
    this.#products = new Float64Array(this.#size * this.#cells);
    this.#rowFactors = new Float64Array(padded(rows.length) * this.#size);
    this.#columnFactors = new Float64Array(this.#width * this.#size);
  }

  /** Multiplies row `s` of every row tap's Gram with row `s` of every column tap's. */
  take(s: number): void {
    const size = this.#size;
    for (const [row, tap] of this.#rows.entries()) writeCentredRow(tap.gram, s, this.#rowFactors, row * size);
    for (const [column, tap] of this.#columns.entries()) {
      writeCentredRow(tap.gram, s, this.#columnFactors, column * size);
    }
    addInnerProducts(
      this.#rowFactors,
      padded(this.#rows.length),
      this.#columnFactors,
      this.#width,
      size,
      this.#products.subarray(s * this.#cells, (s + 1) * this.#cells),
      this.#symmetric,
    );
  }

  /** Writes the block's cells into the whole matrix, whose rows are `stride` long, once every sample was taken. */
  write(numbers: CellNumbers, firstRow: number, firstColumn: number, stride: number): void {
    const totals = new Float64Array(this.#cells);
    for (let at = 0; at < this.#products.length; at += this.#cells) {
      for (let cell = 0; cell < this.#cells; cell++) totals[cell]! += this.#products[at + cell]!;
    }
    const values = new Float64Array(this.#cells);
    this.#eachCell((row, column, cell) => {
      values[cell] = totals[cell]! / Math.sqrt(row.norm * column.norm);
    });
    const margins = numbers.margins && this.#margins(totals, values);
    const copy = (from: Float64Array, to: Float64Array): void =>
      this.#eachCell((_, __, cell) => {
        const row = firstRow + Math.floor(cell / this.#width);
        const column = firstColumn + (cell % this.#width);
        to[row * stride + column] = from[cell]!;
        if (this.#symmetric) to[column * stride + row] = from[cell]!;
      });
    copy(values, numbers.values);
    if (margins && numbers.margins) copy(margins, numbers.margins);
  }

  #margins(totals: Float64Array, values: Float64Array): Float64Array {
    const jackknife = new Jackknife(values);
    const without = new Float64Array(this.#cells);
    const { byRow, byDiagonal } = deleteOne(this.#rows[0]?.gram.centring ?? "unbiased", this.#size);
    for (let s = 0; s < this.#size; s++) {
      const at = s * this.#cells;
      this.#eachCell((row, column, cell) => {
        const product =
          totals[cell]! - byRow * this.#products[at + cell]! + byDiagonal * row.diagonal[s]! * column.diagonal[s]!;
        without[cell] = product / Math.sqrt(row.normsWithout[s]! * column.normsWithout[s]!);
      });
      jackknife.add(without);
    }
    return jackknife.margins();
  }

  #eachCell(visit: (row: CentredTap, column: CentredTap, cell: number) => void): void {
    for (const [i, row] of this.#rows.entries()) {
      for (let j = this.#symmetric ? i : 0; j < this.#columns.length; j++) {
        visit(row, this.#columns[j]!, i * this.#width + j);
      }
    }
  }
}
