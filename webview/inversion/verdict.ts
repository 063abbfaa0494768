/** The verdict: one sentence where the directions say the same, else one for each. */
import { type Reading, readingOf } from "../../src/core/methods/inversion/findings.ts";
import { measureValue, plural } from "../../src/core/report/format.ts";
import type { InversionReport, Report } from "../../src/core/report/report.ts";

/** Two different models: the first inverts. */
export interface OrderedPair {
  readonly inverting: number;
  readonly other: number;
  readonly natural: number;
  readonly inverted: number;
  readonly isTrusted: boolean;
}

/** Every ordered pair with numbers, row by row; empty while nothing is known. */
export function orderedPairs({ cka, trusted }: InversionReport): readonly OrderedPair[] {
  return cka.natural.biased.flatMap((row, i) =>
    row.flatMap((natural, j): OrderedPair[] => {
      const inverted = cka.jones.biased[i]?.[j];
      if (i === j || typeof natural !== "number" || typeof inverted !== "number") return [];
      return [{ inverting: i, other: j, natural, inverted, isTrusted: trusted[i] === true }];
    }),
  );
}

/** Plain sentences, in the order in which they matter. Numbers are biased, as published. */
export function inversionVerdict(report: Report): readonly string[] {
  const { inversion, findings, models } = report;
  if (inversion === undefined) return [];
  if (models.length < 2) return [alone(inversion)];
  const pairs = orderedPairs(inversion);
  if (pairs.length === 0) return [];
  const trusted = pairs.filter(({ isTrusted }) => isTrusted);
  if (models.length > 2) return manyPairs(pairs.length, trusted);
  const [one, other] = pairs;
  if (one === undefined || other === undefined || trusted.length < 2) return titles(findings);
  const [first, second] = [one, other].map(({ natural, inverted }) => readingOf(natural, inverted));
  return first === second && first !== undefined ? [both(first, one, other)] : titles(findings);
}

/** The sentences of the findings, a network that cannot be trusted last. */
function titles(findings: Report["findings"]): readonly string[] {
  const own = findings.filter(({ code }) => code.startsWith("inversion/"));
  const sure = own.filter(({ code }) => code !== "inversion/not-trusted");
  return [...sure, ...own.filter((finding) => !sure.includes(finding))].map(({ title }) => `${title}.`);
}

function both(reading: Reading, { natural, inverted }: OrderedPair, other: OrderedPair): string {
  const plain = measureValue(natural);
  const own = [inverted, other.inverted].map((value) => measureValue(value)).join(" and ");
  if (reading === "unlike") return `Unlike on natural data (${plain}), and ${own} on what either alone uses.`;
  if (reading === "data") {
    return `Alike on natural data (${plain}), not on what either alone uses (${own}): the similarity comes from the data.`;
  }
  if (reading === "partly") {
    return `Alike on natural data (${plain}), less on what either alone uses (${own}): part of the similarity comes from the data.`;
  }
  return `Alike on natural data (${plain}), and on what either alone uses (${own}): they use the same.`;
}

function manyPairs(all: number, trusted: readonly OrderedPair[]): readonly string[] {
  const count = (reading: Reading): number =>
    trusted.filter(({ natural, inverted }) => readingOf(natural, inverted) === reading).length;
  const [data, partly, used, unlike] = [count("data"), count("partly"), count("used"), count("unlike")];
  const parts = [
    data > 0
      ? `${data} alike on natural data and not on what the first alone uses: there the similarity comes from the data`
      : "",
    partly > 0 ? `${partly} alike on natural data and less so on what the first alone uses` : "",
    used > 0 ? `${used} alike on both` : "",
    unlike > 0 ? `${unlike} unlike on natural data` : "",
    all > trusted.length ? `${all - trusted.length} not to be judged, as inversions did not converge` : "",
  ].filter((part) => part !== "");
  return [`Of ${plural(all, "ordered pair")}, ${parts.join("; ")}.`];
}

function alone({ trusted, converged }: InversionReport): string {
  if (converged.length === 0) return "";
  return trusted[0] === true
    ? "The pictures show what this network takes for its targets."
    : "The inversions did not converge: the pictures are not yet what this network takes for its targets.";
}
