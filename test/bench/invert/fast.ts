import { onnxRuntime } from "../../../src/compute/backends/onnxRuntime.ts";
import { ckaMatrices } from "../../../src/core/methods/inversion/ckaMatrices.ts";
import { preset } from "../../../src/core/methods/inversion/presets.ts";
import { median as medianOf } from "../../../src/core/methods/inversion/residuals.ts";
import { atLeast, atMost, type Claim, ratios } from "../shared/claim.ts";
import { cells, claimTable } from "../shared/tables.ts";
import { type Inversions, invertAll, invertOnce, secondsPerEvaluation } from "./inversions.ts";
import { threads } from "./steps.ts";
import { gramOn, openSubject, pairCount, type Subject, type SubjectChoice } from "./subject.ts";

/** Evaluations by which `jones` is timed in each repetition. */
const timedEvaluations = 40;

/** What one repetition says of one preset. */
interface Finding {
  /** Of the whole descent; `jones` is timed by some of its evaluations. */
  readonly seconds: number;
  /** Evaluations of an image, on average. */
  readonly evaluations: number;
  readonly residual: number;
  /** CKA of the two networks on the inversions, and of targets and inversions to the inverting one. */
  readonly biased: number;
  readonly unbiased: number;
  readonly selfStir: number;
  /** Mean Euclidean distance of inversions from their seeds. */
  readonly distance: number;
}

export interface FastFindings {
  readonly jones: readonly Finding[];
  readonly fast: readonly Finding[];
}

/**
 * Inverts by both presets from seeds that are moved a little in each repetition. What `jones` gave is kept in a folder, and
 * its time is that of {@link timedEvaluations} evaluations measured beside `fast`, times as many as it takes.
 */
export async function measureFast(
  choice: SubjectChoice,
  repetitions: number,
  folders: { readonly assets: string; readonly descriptor: string; readonly inversions: string },
): Promise<FastFindings> {
  const backend = onnxRuntime("cpu", threads);
  const subject = await openSubject(choice, folders.assets, folders.descriptor, backend);
  const looked = async (found: Inversions, repetition: number, seconds: number): Promise<Finding> => {
    const { inverting, other, targets } = subject;
    const [own, theirs] = [await gramOn(backend, inverting, found.images), await gramOn(backend, other, found.images)];
    const natural = await gramOn(backend, inverting, targets);
    const { biased, unbiased } = ckaMatrices(2, (i) => (i === 0 ? [own, theirs] : [natural, own]));
    return {
      seconds,
      evaluations: found.evaluations / targets.length,
      residual: medianOf(found.residuals),
      biased: biased[0]?.[1] ?? Number.NaN,
      unbiased: unbiased[0]?.[1] ?? Number.NaN,
      selfStir: biased[1]?.[0] ?? Number.NaN,
      distance: distance(subject, found.images, repetition),
    };
  };
  try {
    const findings = { jones: [] as Finding[], fast: [] as Finding[] };
    const [slow, quick] = [preset("jones"), preset("fast")];
    await secondsPerEvaluation(subject, slow, timedEvaluations);
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const reference = await invertOnce(folders.inversions, subject, slow, repetition);
      const each = await secondsPerEvaluation(subject, slow, timedEvaluations);
      const found = await invertAll(subject, quick, repetition);
      findings.jones.push(await looked(reference, repetition, each * (slow.steps + 1)));
      findings.fast.push(await looked(found, repetition, found.seconds));
    }
    return findings;
  } finally {
    await subject.close();
  }
}

function distance({ seeds }: Subject, images: readonly Float32Array[], repetition: number): number {
  const from = seeds(repetition);
  const lengths = images.map((image, i) =>
    Math.hypot(...image.map((pixel, k) => pixel - (from[i]?.[k] ?? Number.NaN))),
  );
  return mean(lengths);
}

/** What `fast` is held to. */
export function fastClaims({ jones, fast }: FastFindings): readonly Claim[] {
  const of = (findings: readonly Finding[], key: keyof Finding): number[] => findings.map((finding) => finding[key]);
  const both = (key: keyof Finding): number[] => ratios(of(fast, key), of(jones, key));
  const apart = (key: "biased" | "unbiased"): number[] => [Math.abs(mean(of(fast, key)) - mean(of(jones, key)))];
  return [
    atMost("time, of that of `jones`", both("seconds"), 0.2),
    atMost("median residual, of that of `jones`", both("residual"), 1),
    atMost("means of Jones CKA apart, biased", apart("biased"), 0.03),
    atMost("means of Jones CKA apart, unbiased", apart("unbiased"), 0.03),
    atMost(
      "mean distance from the seed, of that of `jones`",
      [mean(of(fast, "distance")) / mean(of(jones, "distance"))],
      1.2,
    ),
    atLeast("self-STIR", of(fast, "selfStir"), 0.99),
  ];
}

/** The results on two networks as a section of `docs/benchmarks.md`. */
export function fastSection({ title }: SubjectChoice, findings: FastFindings): string {
  const row = (name: keyof FastFindings): string => {
    const all = findings[name];
    const list = (key: keyof Finding, digits: number): string =>
      all.map((each) => each[key].toFixed(digits)).join(", ");
    const average = (key: keyof Finding, digits: number): string => mean(all.map((each) => each[key])).toFixed(digits);
    return cells(
      `\`${name}\``,
      average("seconds", 1),
      average("evaluations", 0),
      list("residual", 4),
      `${average("biased", 3)} (${list("biased", 3)})`,
      `${average("unbiased", 3)} (${list("unbiased", 3)})`,
      average("selfStir", 4),
      average("distance", 2),
    );
  };
  return [
    `#### ${title}`,
    "",
    `${pairCount} images, ${findings.fast.length} repetitions from perturbed seeds, ${threads} threads. The time of \`jones\` is that of ` +
      `${timedEvaluations} evaluations beside each run of \`fast\`, times ${preset("jones").steps + 1}.`,
    "",
    "| preset | seconds | evaluations an image | median residual | Jones CKA, biased | unbiased | self-STIR | distance |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    row("jones"),
    row("fast"),
    "",
    ...claimTable(fastClaims(findings)),
  ].join("\n");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
