/**
 * Whether a name matches a glob: `*` is any run of characters, dots included, `?` is any one; all else stands for itself.
 * Linear in time but for backtracking to the last `*`, so that no pattern can hang.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < name.length; ) {
    if (pattern[at] === "*") {
      star = at++;
      resume = i;
    } else if (pattern[at] === "?" || pattern[at] === name[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
