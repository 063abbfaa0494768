import { type CentredGram, type Centring, centre, writeCentredRow } from "./centring.ts";
import type { Gram } from "./gram.ts";
import { deleteOne } from "./hsic.ts";
import { definedNorm, normWithout, selfSimilarity, undefinedReason } from "./selfSimilarity.ts";

/** One tap's centred Gram and its share in each of its cells. */
export interface CentredTap {
  readonly gram: CentredGram;
  /** ‖K‖²; `NaN` where the tap has no CKA. */
  readonly norm: number;
  /** ‖K‖² without sample s, centred anew; `NaN` where that is rounding. */
  readonly normsWithout: Float64Array;
  /** K_ss. */
  readonly diagonal: Float64Array;
  readonly reason: string | undefined;
}

/** Centres a tap's Gram over all samples and takes its norms, with every sample and without each. */
export function centredTap(gram: Gram, centring: Centring): CentredTap {
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
