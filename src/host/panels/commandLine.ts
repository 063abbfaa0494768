import type { ComparisonQuestion } from "../../protocol/view.ts";

/**
 * The same question for a terminal: `likeness compare A B --samples 512 …`. What is as it is by default is left out.
 *
 * @param platform whose shell it is for, as `process.platform` names it: quotes differ.
 */
export function compareCommandLine(question: ComparisonQuestion, platform: string): string {
  const { models, probe, samples, batch, estimator, measures } = question;
  const [a, b] = models;
  const flags: (readonly [name: string, value: string | undefined])[] = [
    ["probe", probe],
    ["samples", samples?.toString()],
    ["batch", batch === 128 ? undefined : String(batch)],
    ["estimator", estimator === "auto" ? undefined : estimator],
    ["measures", measures.join(",") === "cka.linear.unbiased" ? undefined : measures.join(",")],
    ...eitherSide("taps", a?.taps?.join(","), b?.taps?.join(",")),
    ...eitherSide("preprocess", a?.preprocess, b?.preprocess),
  ];
  return [
    "likeness compare",
    ...models.map(({ path }) => quoted(path, platform)),
    ...flags.flatMap(([name, value]) => (value === undefined ? [] : `--${name} ${quoted(value, platform)}`)),
  ].join(" ");
}

/** Models after the first share its flag unless they have one of their own. */
function eitherSide(name: string, a: string | undefined, b: string | undefined): [string, string | undefined][] {
  return [
    [name, a],
    [`${name}-b`, b === a ? undefined : b],
  ];
}

function quoted(text: string, platform: string): string {
  if (platform === "win32") return /^[\w@%+=:,.\\/-]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
