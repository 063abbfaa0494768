import { measureValue } from "../../report/format.ts";
import type { Finding, InversionMatrices } from "../../report/report.ts";

/**
 * What the numbers say of each ordered pair: the similarity on natural data beside that on what the first model alone uses.
 * Alike is from 0.6 up, and a similarity that falls by a quarter of its size or more comes from the data.
 */
const alike = 0.6;
const falls = 0.75;

/** Unlike on natural data; alike there and not on what the one uses, so that the data makes it; alike on both. */
export type Reading = "unlike" | "data" | "used";

/** How two numbers of an ordered pair are read: CKA on natural data, and on what the first model uses, both biased. */
export function readingOf(natural: number, inverted: number): Reading {
  if (natural < alike) return "unlike";
  return inverted < falls * natural ? "data" : "used";
}

export interface FindingFacts {
  readonly names: readonly string[];
  readonly natural: InversionMatrices;
  readonly jones: InversionMatrices;
  readonly stir: InversionMatrices;
  /** By inverting model. */
  readonly trusted: readonly boolean[];
}

/** One finding for each ordered pair of different models. */
export function inversionFindings({ names, natural, jones, stir, trusted }: FindingFacts): readonly Finding[] {
  return names.flatMap((a, i) =>
    names.flatMap((b, j): Finding[] => {
      const [plain, inverted] = [natural.biased[i]?.[j], jones.biased[i]?.[j]];
      if (i === j || typeof plain !== "number" || typeof inverted !== "number") return [];
      const isTrusted = trusted[i] === true;
      return [
        {
          code: isTrusted ? "inversion/compared" : "inversion/not-trusted",
          severity: isTrusted ? "information" : "warning",
          title: isTrusted
            ? sentence(plain, inverted, a)
            : `Of what ${a} uses, nothing can be said: its inversions did not converge`,
          evidence: [
            `${a} against ${b}, linear CKA on natural images, on images that ${a} cannot tell from them, and of ${b} on both (STIR): ${[plain, inverted, stir.biased[i]?.[j]].map((value) => measureValue(value)).join(", ")} biased, as published`,
            `${[natural, jones, stir].map(({ unbiased }) => measureValue(unbiased[i]?.[j])).join(", ")} unbiased.`,
          ].join("; "),
        },
      ];
    }),
  );
}

function sentence(natural: number, inverted: number, a: string): string {
  const [plain, own] = [measureValue(natural), measureValue(inverted)];
  const reading = readingOf(natural, inverted);
  if (reading === "unlike") return `Unlike on natural data (${plain}), and ${own} on what ${a} alone uses`;
  if (reading === "data") {
    return `Alike on natural data (${plain}), not on what ${a} alone uses (${own}): the similarity comes from the data`;
  }
  return `Alike on natural data (${plain}), and on what ${a} alone uses (${own}): they use the same`;
}
