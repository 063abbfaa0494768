/**
 * Whether a path fits a glob: `*` is any text within a folder, `**` any text at all (and `**` + `/` also nothing), `?`
 * one character within a folder. Takes time proportional to the product of the lengths, whatever the glob.
 * @param path relative, with forward slashes
 */
export function matchesPath(glob: string, path: string): boolean {
  const tokens = glob.replace(/^\.\//, "").match(/\*\*\/|\*\*|\*|[^*]/gu) ?? [];
  // reached[i]: the characters so far can be consumed by the first i tokens.
  let reached = skipEmpty(tokens, new Set([0]), true);
  for (const character of path) {
    const next = new Set<number>();
    for (const i of reached) {
      const token = tokens[i];
      if (token === undefined) continue;
      if (token === "**/" || token === "**" || (token === "*" && character !== "/")) next.add(i);
      else if (token === character || (token === "?" && character !== "/")) next.add(i + 1);
    }
    reached = skipEmpty(tokens, next, character === "/");
  }
  return reached.has(tokens.length);
}

/** Adds the places that are reached without consuming anything: stars may stand for nothing, `**` + `/` between folders. */
function skipEmpty(tokens: readonly string[], reached: Set<number>, betweenFolders: boolean): Set<number> {
  for (const i of reached) {
    const token = tokens[i];
    if (token === "*" || token === "**" || (token === "**/" && betweenFolders)) reached.add(i + 1);
  }
  return reached;
}
