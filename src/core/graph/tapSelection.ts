import { Failure } from "../failure.ts";
import { matchesGlob } from "./glob.ts";
import type { Tap, TapRole } from "./tap.ts";

/** So many taps make a readable heatmap. */
const few = 32;
const many = 48;
/** A choice of fewer says too little about a network that has more. */
const tooFew = 16;

const presets: ReadonlyMap<string, TapRole | undefined> = new Map([
  ["@all", undefined],
  ["@blocks", "block"],
  ["@convs", "convolution"],
  ["@linear", "linear"],
  ["@activations", "activation"],
]);

/**
 * The taps that a user asks for, in the order of the list.
 *
 * A pattern is a glob over names ({@link matchesGlob}) or a preset: `@all`, `@blocks` (outputs of blocks and stages),
 * `@convs` (outputs of convolutions), `@linear` (of fully connected layers), `@activations`. Several patterns add up. The
 * name of a module that holds others (`layer2`) stands for its output, which the last of these makes (`layer2.3`).
 *
 * Without patterns the choice is automatic: every tap but mere steps where there are few, else the finest of
 * "blocks and activations", "blocks", "activations" that a heatmap can show, thinned evenly where even that is too many;
 * the output always.
 *
 * @param taps as {@link listTaps} gives them.
 * @throws Failure `tap/no-match` where a pattern matches nothing; it names what comes near.
 */
export function selectTaps(taps: readonly Tap[], patterns?: readonly string[]): readonly Tap[] {
  if (patterns === undefined || patterns.length === 0) return automaticTaps(taps);
  const chosen = new Set(patterns.flatMap((pattern) => matching(taps, pattern)));
  return taps.filter((tap) => chosen.has(tap));
}

function matching(taps: readonly Tap[], pattern: string): readonly Tap[] {
  const role = presets.get(pattern);
  const found = presets.has(pattern)
    ? taps.filter((tap) => role === undefined || (has(tap, role) && !has(tap, "step")))
    : taps.filter(({ name }) => matchesGlob(name, pattern));
  if (found.length > 0) return found;
  const last = taps.findLast(({ name }) => name.startsWith(`${pattern}.`));
  if (last) return [last];
  throw noMatch(taps, pattern);
}

function automaticTaps(taps: readonly Tap[]): readonly Tap[] {
  const output = taps.at(-1);
  const steady = taps.filter((tap) => !has(tap, "step") || tap === output);
  if (steady.length <= few) return steady;
  const choices = ([["block", "activation"], ["block"], ["activation"]] as const)
    .map((roles) => steady.filter((tap) => tap === output || roles.some((role) => has(tap, role))))
    .filter(({ length }) => length >= tooFew);
  const readable = choices.find(({ length }) => length <= many);
  if (readable) return readable;
  return thinned(choices.sort((a, b) => a.length - b.length)[0] ?? steady, few);
}

/** `count` of the taps at even distances, the first and the last among them. */
function thinned(taps: readonly Tap[], count: number): readonly Tap[] {
  const last = taps.length - 1;
  return Array.from({ length: count }, (_, i) => taps[Math.round((i * last) / (count - 1))]!);
}

function has(tap: Tap, role: TapRole): boolean {
  return tap.roles?.includes(role) ?? false;
}

function noMatch(taps: readonly Tap[], pattern: string): Failure {
  const near = pattern.startsWith("@") ? usablePresets(taps) : nearestNames(taps, pattern);
  return new Failure("tap/no-match", `No layer matches "${pattern}".`, {
    hint: near.length > 0 ? `There is: ${near.join(", ")}.` : "The network has no layer that can be read.",
  });
}

/** Up to three names: those that the pattern is a part of, then those with the fewest letters different. */
function nearestNames(taps: readonly Tap[], pattern: string): string[] {
  return taps
    .map(({ name }) => ({ name, holds: name.includes(pattern), distance: editDistance(name, pattern) }))
    .sort((a, b) => Number(b.holds) - Number(a.holds) || a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

function usablePresets(taps: readonly Tap[]): string[] {
  return [...presets].flatMap(([name, role]) =>
    role === undefined || taps.some((tap) => has(tap, role)) ? [name] : [],
  );
}

/** Levenshtein distance, of names at most this long. */
const longestCompared = 100;

function editDistance(a: string, b: string): number {
  const [left, right] = [a.slice(0, longestCompared), b.slice(0, longestCompared)];
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const changed = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}
