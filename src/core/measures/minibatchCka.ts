import { Jackknife } from "../statistics/jackknife.ts";
import { batchHsic, type HsicSums, sumHsic } from "./batchHsic.ts";
import { type CellNumbers, cellsOf, emptyNumbers } from "./cells.ts";
import type { Centring } from "./centring.ts";
import type { Gram } from "./gram.ts";
import { fewestSamples } from "./hsic.ts";
import type { Cells, MinibatchEstimate } from "./measure.ts";
import { definedNorm, normWithout, undefinedReason } from "./selfSimilarity.ts";

/** With fewer batches there is no interval. */
const fewestBatchesForInterval = 8;

/** Groups of batches held apart for the jackknife; beyond, neighbours are merged, so that memory stays constant. */
const mostGroups = 32;

/**
 * CKA as the ratio of sums over batches, every batch with the same weight (Nguyen et al. 2021, eq. 2):
 * Σ HSIC(K_b, L_b) / √(Σ HSIC(K_b, K_b) · Σ HSIC(L_b, L_b)). From 8 batches on with the 95 % interval of the jackknife
 * that leaves out one batch (beyond 32 batches: one of 16 to 32 groups of neighbouring batches).
 */
export class MinibatchCka implements MinibatchEstimate {
  readonly #centring: Centring;
  #taps = { rows: 0, columns: 0 };
  #groups: HsicSums[] = [];
  #batchesPerGroup = 1;

  constructor(centring: Centring) {
    this.#centring = centring;
  }

  add(rows: readonly Gram[], columns: readonly Gram[]): void {
    this.#taps = { rows: rows.length, columns: columns.length };
    if ((rows[0]?.size ?? 0) < fewestSamples(this.#centring)) return;
    const batch = batchHsic(this.#centring, rows, columns);
    const last = this.#groups.at(-1);
    if (last !== undefined && last.batches < this.#batchesPerGroup) {
      this.#groups.splice(-1, 1, sumHsic([last, batch]));
      return;
    }
    if (this.#groups.length === mostGroups) {
      this.#groups = this.#groups.flatMap((group, i, all) => (i % 2 === 0 ? [sumHsic([group, all[i + 1]!])] : []));
      this.#batchesPerGroup *= 2;
    }
    this.#groups.push(batch);
  }

  result(): Cells {
    if (this.#groups.length === 0) {
      const reason = `fewer than ${fewestSamples(this.#centring)} samples`;
      const { rows, columns } = this.#taps;
      return cellsOf(emptyNumbers(rows * columns, false), Array(rows).fill(reason), Array(columns).fill(reason));
    }
    const total = sumHsic(this.#groups);
    const values = ratios(total.cells, total.rows.map(definedNorm), total.columns.map(definedNorm));
    const margins = total.batches >= fewestBatchesForInterval ? this.#margins(total, values) : undefined;
    const numbers: CellNumbers = { values, margins };
    return cellsOf(numbers, total.rows.map(undefinedReason), total.columns.map(undefinedReason));
  }

  #margins(total: HsicSums, values: Float64Array): Float64Array {
    const jackknife = new Jackknife(values);
    for (const group of this.#groups) {
      const cells = total.cells.map((cell, i) => cell - group.cells[i]!);
      const norms = (side: "rows" | "columns") =>
        total[side].map((self, tap) => normWithout(self, self.norm - group[side][tap]!.norm));
      jackknife.add(ratios(cells, norms("rows"), norms("columns")));
    }
    return jackknife.margins();
  }
}

/** HSIC(K, L) / √(HSIC(K, K) · HSIC(L, L)) of every cell. */
function ratios(cells: Float64Array, rows: readonly number[], columns: readonly number[]): Float64Array {
  const width = columns.length;
  return cells.map((cell, i) => cell / Math.sqrt(rows[Math.floor(i / width)]! * columns[i % width]!));
}
