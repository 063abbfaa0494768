import { Jackknife } from "../statistics/jackknife.ts";
import type { CellNumbers } from "./cells.ts";
import type { CentredTap } from "./centredTap.ts";
import { type Centring, writeCentredRow } from "./centring.ts";
import { deleteOne } from "./hsic.ts";
import { addInnerProducts, padded } from "./innerProducts.ts";

/** Samples to hand to {@link BlockProducts.take} at a time. */
export const samplesAtATime = 8;

/** a_s = Σ_t K_st L_st of a block of row taps with all column taps, sample by sample, and what follows from them. */
export class BlockProducts {
  readonly #rows: readonly CentredTap[];
  readonly #columns: readonly CentredTap[];
  readonly #symmetric: boolean;
  readonly #centring: Centring;
  readonly #size: number;
  readonly #width: number;
  readonly #cells: number;
  /** Samples × padded rows × padded columns. */
  readonly #products: Float64Array;
  readonly #rowFactors: Float64Array;
  readonly #columnFactors: Float64Array;

  /** @param symmetric The rows are the first of the columns: only cells on and above the diagonal are computed. */
  constructor(rows: readonly CentredTap[], columns: readonly CentredTap[], symmetric: boolean, centring: Centring) {
    this.#rows = rows;
    this.#columns = columns;
    this.#symmetric = symmetric;
    this.#centring = centring;
    this.#size = rows[0]?.gram.size ?? 0;
    this.#width = padded(columns.length);
    this.#cells = padded(rows.length) * this.#width;
    this.#products = new Float64Array(this.#size * this.#cells);
    this.#rowFactors = new Float64Array(samplesAtATime * padded(rows.length) * this.#size);
    this.#columnFactors = new Float64Array(samplesAtATime * this.#width * this.#size);
  }

  /** Multiplies rows `first` to `end` (exclusive) of every row tap's Gram with the same of every column tap's. */
  take(first: number, end: number): void {
    const height = padded(this.#rows.length);
    this.#centre(this.#rows, height, first, end, this.#rowFactors);
    this.#centre(this.#columns, this.#width, first, end, this.#columnFactors);
    for (let s = first; s < end; s++) {
      const a = this.#rowFactors.subarray((s - first) * height * this.#size);
      const b = this.#columnFactors.subarray((s - first) * this.#width * this.#size);
      const out = this.#products.subarray(s * this.#cells);
      addInnerProducts(a, height, b, this.#width, this.#size, out, this.#symmetric);
    }
  }

  /** Rows of all taps, by sample and then by tap; tap by tap, because neighbouring rows share cache lines. */
  #centre(taps: readonly CentredTap[], stride: number, first: number, end: number, factors: Float64Array): void {
    for (const [tap, { gram }] of taps.entries()) {
      for (let s = first; s < end; s++) {
        writeCentredRow(gram, s, factors, ((s - first) * stride + tap) * this.#size);
      }
    }
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
    const { byRow, byDiagonal } = deleteOne(this.#centring, this.#size);
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
