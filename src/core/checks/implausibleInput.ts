import type { Plausibility } from "../architectures/plausibility/plausibility.ts";
import type { Finding, PreprocessingReport } from "../report/report.ts";

/** A preprocessing with how well what the network then sees agrees with its batch norms. */
export interface Judged {
  readonly preprocessing: Pick<PreprocessingReport, "mean" | "std" | "source">;
  readonly score: Plausibility;
}

/** A usual preprocessing that would suit the network better. */
export interface BetterInput extends Pick<Judged, "score"> {
  readonly name: string;
}

/** A doubtful score counts where another is so many times as good: trained networks have doubtful ones, too. */
const clearly = 2;

/** Samples that reach the network otherwise than those it was trained on, as its batch norms tell. */
export function implausibleInput({ preprocessing, score }: Judged, better: BetterInput | undefined): Finding[] {
  const isWrong = score.verdict === "wrong";
  if (!isWrong && !(better && clearly * better.score.all < score.all)) return [];
  const advice = better
    ? ` ${better.name} would bring it to ${divergence(better.score)}.`
    : " None of the usual ones does better: the samples are of another kind, or the network is another.";
  return [
    {
      code: "check/implausible-input",
      severity: isWrong ? "warning" : "information",
      title: isWrong
        ? "The preprocessing is not the one of the training."
        : "The preprocessing may not be the one of the training.",
      evidence: `With ${described(preprocessing)}, the inputs of the batch norms are ${divergence(score)} from what they saw in training.${advice}`,
    },
  ];
}

/** Median over channels, mean over layers, of KL(seen ‖ trained). */
function divergence({ all }: Plausibility): string {
  return Number.isFinite(all) ? `${all.toPrecision(2)} nats` : "infinitely far";
}

function described({ mean, std, source }: Judged["preprocessing"]): string {
  if (mean.length === 0) return source === "none" ? "no preprocessing" : `no preprocessing (${source})`;
  const list = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(4))).join(", ");
  return `mean ${list(mean)} and std ${list(std)} (${source})`;
}
