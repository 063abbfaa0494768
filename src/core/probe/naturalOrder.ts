const part = /\d+|\D+/g;

/**
 * Orders file names as people number them (`img2` before `img10`), the same on every machine: digits by value, other
 * characters by code unit. A comparison for `sort`.
 */
export function naturalOrder(a: string, b: string): number {
  const left = a.match(part) ?? [];
  const right = b.match(part) ?? [];
  for (const [i, ours] of left.entries()) {
    const theirs = right[i];
    if (theirs === undefined) return 1;
    const order = compareParts(ours, theirs);
    if (order !== 0) return order;
  }
  return left.length - right.length || codeUnitOrder(a, b);
}

/** Plain order by code unit, as Python sorts names of ASCII characters. A comparison for `sort`. */
export function codeUnitOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareParts(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return codeUnitOrder(a, b);
  const [x, y] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return x.length - y.length || codeUnitOrder(x, y);
}
