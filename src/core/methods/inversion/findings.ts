import { measureValue } from "../../report/format.ts";
import type { Finding, InversionMatrices } from "../../report/report.ts";

/**
 * What the numbers say of each ordered pair: the similarity on natural data beside that on what the first model alone uses.
 * Alike is from 0.6 up. A similarity that keeps three quarters of its size is of what the networks use; one that loses
 * half comes from the data. Networks of one task from two seeds were seen to keep 0.7 to 0.85 of it, of two tasks 0.1.
 */
const alike = 0.6;
const keeps = 0.75;
const loses = 0.5;

/** Unlike on natural data; alike there, and on what the one uses not at all, less so, or as well. */
export type Reading = "unlike" | "data" | "partly" | "used";

/** How two numbers of an ordered pair are read: CKA on natural data, and on what the first model uses, both biased. */
export function readingOf(natural: number, inverted: number): Reading {
  if (natural < alike) return "unlike";
  if (inverted < loses * natural) return "data";
  return inverted < keeps * natural ? "partly" : "used";
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
  if (reading === "partly") {
    return `Alike on natural data (${plain}), less on what ${a} alone uses (${own}): part of the similarity comes from the data`;
  }
  return `Alike on natural data (${plain}), and on what ${a} alone uses (${own}): they use the same`;
}
