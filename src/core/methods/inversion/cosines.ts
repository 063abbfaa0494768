import { centre, writeCentredRow } from "../../measures/centring.ts";
import type { Gram } from "../../measures/gram.ts";
import type { Matrix } from "../../report/report.ts";

/**
 * Cosines between the centred representations of a Gram's samples, HKH scaled to a diagonal of ones, in [−1, 1] and to four
 * decimals: they are looked at. `null` in the rows and columns of a sample that lies in the middle of all.
 */
export function cosines(gram: Gram): Matrix {
  const centred = centre(gram, "double");
  const rows = Array.from({ length: gram.size }, (_, s) => {
    const row = new Float64Array(gram.size);
    writeCentredRow(centred, s, row, 0);
    return row;
  });
  const lengths = rows.map((row, s) => (row[s]! > gram.noise ? Math.sqrt(row[s]!) : Number.NaN));
  return rows.map((row, s) =>
    Array.from(row, (product, t) => {
      const cosine = product / (lengths[s]! * lengths[t]!);
      return Number.isFinite(cosine) ? Math.round(1e4 * Math.min(1, Math.max(-1, cosine))) / 1e4 : null;
    }),
  );
}
