/** Names of two checkpoints that mean the same tensor. */
export interface MatchedNames {
  /** In the order of A. */
  readonly pairs: readonly (readonly [a: string, b: string])[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  /** What was taken off the front of A's and of B's names where they do not match as they are; mostly empty. */
  readonly prefixes: readonly [a: string, b: string];
}

/** Names come from files: modules nested deeper than this are not looked into. */
const deepest = 32;

/**
 * Matches names as they are, then those that are left after a module path before them was taken off: on one side where the
 * other's names are the ends of its own (`model.conv1.weight`, `conv1.weight`), or on both what all their names share.
 */
export function matchNames(a: readonly string[], b: readonly string[]): MatchedNames {
  const inA = new Set(a);
  const inB = new Set(b);
  const leftA = a.filter((name) => !inB.has(name));
  const leftB = b.filter((name) => !inA.has(name));
  const candidates: readonly (readonly [string, string])[] = [
    [commonestPrefix(leftA, new Set(leftB)), ""],
    ["", commonestPrefix(leftB, new Set(leftA))],
    [sharedPrefix(a), sharedPrefix(b)],
  ];
  const attempts = candidates.map((prefixes) => ({ prefixes, matches: matchesAfter(prefixes, leftA, leftB) }));
  const best = attempts.reduce((one, other) => (other.matches.size > one.matches.size ? other : one));
  const matchedB = new Set(best.matches.values());
  return {
    pairs: a.flatMap((name) => {
      const other = inB.has(name) ? name : best.matches.get(name);
      return other === undefined ? [] : [[name, other] as const];
    }),
    onlyA: leftA.filter((name) => !best.matches.has(name)),
    onlyB: leftB.filter((name) => !matchedB.has(name)),
    prefixes: best.matches.size === 0 ? ["", ""] : best.prefixes,
  };
}

/** The path of the module that a tensor belongs to; its own name where it has none. */
export function moduleOf(name: string): string {
  const end = Math.max(name.lastIndexOf("."), name.lastIndexOf("/"));
  return end <= 0 ? name : name.slice(0, end);
}

function matchesAfter(
  [prefixA, prefixB]: readonly [string, string],
  a: readonly string[],
  b: readonly string[],
): Map<string, string> {
  if (prefixA === "" && prefixB === "") return new Map();
  const byRest = new Map(b.flatMap((name) => (name.startsWith(prefixB) ? [[name.slice(prefixB.length), name]] : [])));
  return new Map(
    a.flatMap((name) => {
      const other = name.startsWith(prefixA) ? byRest.get(name.slice(prefixA.length)) : undefined;
      return other === undefined ? [] : [[name, other]];
    }),
  );
}

/** What stands most often before the end of a name that is one of `ends`. */
function commonestPrefix(names: readonly string[], ends: ReadonlySet<string>): string {
  const votes = new Map<string, number>();
  for (const name of names) {
    for (const start of starts(name)) {
      if (!ends.has(name.slice(start))) continue;
      const prefix = name.slice(0, start);
      votes.set(prefix, (votes.get(prefix) ?? 0) + 1);
    }
  }
  let best = "";
  for (const [prefix, count] of votes) if (count > (votes.get(best) ?? 0)) best = prefix;
  return best;
}

/** The longest module path that all names begin with. */
function sharedPrefix(names: readonly string[]): string {
  const [first = "", ...others] = names;
  const shared = starts(first).filter((start) => others.every((name) => name.startsWith(first.slice(0, start))));
  return first.slice(0, shared.at(-1) ?? 0);
}

/** Where the parts of a path begin, but the first. */
function starts(name: string): number[] {
  return Array.from(name.matchAll(/[./]/g), ({ index }) => index + 1).slice(0, deepest);
}
