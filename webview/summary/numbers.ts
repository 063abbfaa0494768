/** Numbers of weights, which span many orders of magnitude, in few characters. */
import { count, memory } from "../../src/core/report/format.ts";

/** Three significant digits: `0.0123`, `−1.23e−5`, `4 096`; `–` where there is no number. */
export function significant(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return signed(value, count(size));
  if (size >= 1e5 || size < 1e-3) return signed(value, size.toExponential(2).replace("e-", "e−").replace("e+", "e"));
  return signed(value, size >= 1000 ? count(size) : size.toPrecision(3));
}

/** Size of a file or of tensors: `812 B`, `43 KB`, `500 MB`. */
export function bytes(value: number): string {
  if (value < 1024) return `${value}\u00a0B`;
  return value < 1000 * 1024 ? `${(value / 1024).toFixed(value < 10 * 1024 ? 1 : 0)}\u00a0KB` : memory(value / 2 ** 20);
}

function signed(value: number, magnitude: string): string {
  return value < 0 ? `−${magnitude}` : magnitude;
}
