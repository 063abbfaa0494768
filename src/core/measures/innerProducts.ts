/** Rows per side of a tile: nine sums and six factors fit the sixteen vector registers of a common processor. */
const tile = 3;

/** Numbers of a row that are taken at a time: six rows of it stay in the nearest cache. */
const depthBlock = 512;

/** The next multiple of the tile's side: how many rows a matrix handed to {@link addInnerProducts} has. */
export function padded(rows: number): number {
  return Math.ceil(rows / tile) * tile;
}

/**
 * Adds to `out` the inner product of every row of `a` with every row of `b`, in float64: `out += a · bᵀ`.
 * @param a `rows × depth`, row by row; `rows` a multiple of the tile's side ({@link padded}), zeros in rows not in use.
 * @param b `columns × depth`, likewise.
 * @param out `rows × columns`.
 * @param upper Leaves out the tiles that lie wholly below the diagonal, for products that are symmetric.
 */
export function addInnerProducts(
  a: Float64Array,
  rows: number,
  b: Float64Array,
  columns: number,
  depth: number,
  out: Float64Array,
  upper: boolean,
): void {
  for (let from = 0; from < depth; from += depthBlock) {
    const length = Math.min(depthBlock, depth - from);
    for (let row = 0; row < rows; row += tile) {
      for (let column = upper ? row : 0; column < columns; column += tile) {
        addTile(a, row * depth + from, b, column * depth + from, depth, length, out, row * columns + column, columns);
      }
    }
  }
}

/** One 3 × 3 tile of sums, held in registers over `length` steps. `stride` is the length of a row of `a` and `b`. */
function addTile(
  a: Float64Array,
  startA: number,
  b: Float64Array,
  startB: number,
  stride: number,
  length: number,
  out: Float64Array,
  at: number,
  columns: number,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let j = startB;
  for (let i = startA; i < startA + length; i++, j++) {
    const a0 = a[i]!;
    const a1 = a[i + stride]!;
    const a2 = a[i + 2 * stride]!;
    const b0 = b[j]!;
    const b1 = b[j + stride]!;
    const b2 = b[j + 2 * stride]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
  }
  const second = at + columns;
  const third = second + columns;
  out[at]! += s00;
  out[at + 1]! += s01;
  out[at + 2]! += s02;
  out[second]! += s10;
  out[second + 1]! += s11;
  out[second + 2]! += s12;
  out[third]! += s20;
  out[third + 1]! += s21;
  out[third + 2]! += s22;
}
