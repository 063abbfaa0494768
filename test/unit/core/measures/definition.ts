import type { Samples } from "./samples.ts";

/** CKA as the papers print it, from whole matrices and without regard for cost: what the fast code is held to. */
export function ckaByDefinition(kind: "unbiased" | "biased", x: Samples, y: Samples): number {
  return hsic(kind, x, y) / Math.sqrt(hsic(kind, x, x) * hsic(kind, y, y));
}

/** HSIC₁ (Song et al. 2012, eq. 5) or HSIC₀ = tr(KHLH)/(n − 1)² with the linear kernel. */
export function hsic(kind: "unbiased" | "biased", x: Samples, y: Samples): number {
  const n = x.size;
  const k = products(x);
  const l = products(y);
  if (kind === "biased") return traceOfProduct(timesCentring(k), timesCentring(l)) / (n - 1) ** 2;
  for (let s = 0; s < n; s++) {
    k[s]![s] = 0;
    l[s]![s] = 0;
  }
  const kSums = k.map(sum);
  const lSums = l.map(sum);
  const shared = sum(kSums.map((value, s) => value * lSums[s]!));
  return (
    (traceOfProduct(k, l) + (sum(kSums) * sum(lSums)) / ((n - 1) * (n - 2)) - (2 / (n - 2)) * shared) / (n * (n - 3))
  );
}

function products({ values, size, width }: Samples): number[][] {
  const row = (s: number): Float64Array => values.subarray(s * width, (s + 1) * width);
  return Array.from({ length: size }, (_, s) =>
    Array.from({ length: size }, (_, t) => sum([...row(s)].map((value, f) => value * row(t)[f]!))),
  );
}

/** K H with H = I − 11ᵀ/n. */
function timesCentring(k: readonly number[][]): number[][] {
  return k.map((row) => row.map((value) => value - sum(row) / row.length));
}

function traceOfProduct(a: readonly number[][], b: readonly number[][]): number {
  return sum(a.map((row, s) => sum(row.map((value, t) => value * b[t]![s]!))));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
