/**
 * The checkpoint's name for one of a donor's parameters or modules; `undefined` where the donor's lacks the prefix that its
 * others carry.
 */
export type NameShift = (donorName: string) => string | undefined;

/**
 * The prefixes, of at most two modules, that make most names meet; none where that does as well.
 *
 * @param donorNames names that the exporter did not invent.
 */
export function nameShift(donorNames: readonly string[], keys: ReadonlySet<string>): NameShift {
  let best: { shift: NameShift; meet: number } | undefined;
  for (const donorPrefix of prefixesOf(donorNames)) {
    for (const keyPrefix of prefixesOf([...keys])) {
      const shift: NameShift = (name) =>
        name.startsWith(donorPrefix) ? keyPrefix + name.slice(donorPrefix.length) : undefined;
      const meet = donorNames.filter((name) => keys.has(shift(name) ?? "")).length;
      if (!best || meet > best.meet) best = { shift, meet };
    }
  }
  return best!.shift;
}

/** The empty prefix, and those of one and two modules that most of the names share. */
function prefixesOf(names: readonly string[]): readonly string[] {
  const prefixes = [""];
  for (const depth of [1, 2]) {
    const counts = new Map<string, number>();
    for (const name of names) {
      const parts = name.split(".");
      if (parts.length <= depth) continue;
      const prefix = `${parts.slice(0, depth).join(".")}.`;
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
    for (const [prefix, count] of counts) if (count * 2 > names.length) prefixes.push(prefix);
  }
  return prefixes;
}
