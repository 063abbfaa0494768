/** What wrappers put in front of every name. */
export interface Prefixed {
  /** Everything that was taken off, outermost first. */
  readonly prefix: string;
  /** New names by old ones, in the same order. */
  readonly names: ReadonlyMap<string, string>;
}

/** Wrappers of PyTorch itself, which no network's own names begin with. */
const wrappers = ["module.", "_orig_mod."];
/** Attributes under which trainers and wrappers keep the network. */
const attributes = ["model.", "net.", "network.", "backbone.", "encoder."];
const wrapperShare = 0.9;
/** What trainers keep beside the network in the same list of names. */
const besideNetwork = /^(criterion|.*loss.*|.*metrics?|.*(accuracy|acc)|n_averaged|teacher|ema)(_\w+)?(\.|$)/i;
const maxRounds = 8;

/** Takes the wrappers of PyTorch off, as far as nine of ten names have them. */
export function withoutWrappers(names: readonly string[]): Prefixed {
  return withoutPrefixes(names, wrappers, (having) => having.length >= wrapperShare * names.length);
}

/**
 * Takes the attributes off under which a trainer kept the network. Networks have such attributes of their own (a
 * transformer's `encoder.`), beside others: only what all names have, but for losses and metrics, says nothing.
 */
export function withoutTrainer(names: readonly string[]): Prefixed {
  return withoutPrefixes(names, [...attributes, ...wrappers], (having, others) => {
    return having.length >= wrapperShare * names.length && others.every((name) => besideNetwork.test(name));
  });
}

function withoutPrefixes(
  names: readonly string[],
  prefixes: readonly string[],
  isShared: (having: readonly string[], others: readonly string[]) => boolean,
): Prefixed {
  let current = [...names];
  let prefix = "";
  for (let round = 0; round < maxRounds; round++) {
    const next = prefixes.find((each) => {
      const having = current.filter((name) => name.startsWith(each) && name.length > each.length);
      const others = current.filter((name) => !name.startsWith(each));
      return having.length > 0 && isShared(having, others);
    });
    if (next === undefined) break;
    const stripped = current.map((name) => (name.startsWith(next) ? name.slice(next.length) : name));
    // Two names must not become one.
    if (new Set(stripped).size !== stripped.length) break;
    current = stripped;
    prefix += next;
  }
  return { prefix, names: new Map(names.map((name, i) => [name, current[i] ?? name])) };
}
