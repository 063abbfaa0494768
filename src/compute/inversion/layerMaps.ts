import type { Tap } from "../../core/graph/tap.ts";
import { selectTaps } from "../../core/graph/tapSelection.ts";
import type { Gram } from "../../core/measures/gram.ts";
import { biasedLinearCka, unbiasedLinearCka } from "../../core/measures/linearCka.ts";
import type { LayerMap, LayerMaps } from "../../core/report/report.ts";
import { type Network, pairsOf } from "../comparison/sides.ts";
import { ModelGrams } from "../grams/modelGrams.ts";
import { type Plan, plan } from "../grams/plan.ts";
import { runNetworks } from "../grams/runNetworks.ts";
import { exhaust, nextTurn } from "../jobs/exhaust.ts";
import type { Asked } from "./asked.ts";
import { joined } from "./represent.ts";
import type { Side } from "./side.ts";
import type { Workplace } from "./workplace.ts";

/** Grams over one list of images, by model and tap. */
type GramsOn = readonly (readonly Gram[])[];

/**
 * Layer × layer similarity of each two models, or of one with itself, at the taps that a comparison would choose: on the
 * targets, and on the first repeat's inversions of either model. Grams are kept of one list of images at a time.
 * @throws Failure `memory/not-enough`; the signal's reason, between two runs.
 */
export async function layerMaps(asked: Asked, sides: readonly Side[], place: Workplace): Promise<readonly LayerMaps[]> {
  const { models, targets } = asked;
  const taps = models.map((model) => selectTaps(model.taps));
  const networks = models.map((model, i): Network => ({ model, taps: taps[i]!, contestants: new Set([i]) }));
  const request = { estimator: "full", batch: targets.length, samples: targets.length, measures: 2 } as const;
  const planned = await plan(networks, request, place.backend);
  const pairs = models.length === 1 ? [[0, 0] as const] : pairsOf(models.length);
  const lists = [targets, ...sides.map(({ inversions }) => firstRepeat(inversions, targets.length))];

  const maps: (LayerMap | undefined)[][] = pairs.map(() => []);
  for (const [position, images] of lists.entries()) {
    place.job.report({ phase: "Comparing layers", done: position, total: lists.length });
    // The first list is everybody's, each of the others a model's own.
    const inverting = position - 1;
    const wanted = pairs.map((pair) => position === 0 || pair.some((model) => model === inverting));
    const seeing = networks.filter((_, i) => pairs.some((pair, p) => wanted[p] && pair.some((model) => model === i)));
    const grams = await gramsOn(images, seeing, networks, planned, place);
    for (const [p, [a, b]] of pairs.entries()) {
      if (wanted[p]) maps[p]![position] = await layerMap(grams[a]!, grams[b]!, place);
    }
  }
  return pairs.map(([a, b], p) => ({
    models: [a, b],
    rows: namesOf(taps[a]!),
    columns: namesOf(taps[b]!),
    natural: maps[p]![0]!,
    inverted: [maps[p]![a + 1]!, maps[p]![b + 1]!],
  }));
}

async function gramsOn(
  images: readonly Float32Array[],
  seeing: readonly Network[],
  networks: readonly Network[],
  planned: Plan,
  { backend, frame, job }: Workplace,
): Promise<GramsOn> {
  const grams = seeing.map(({ model, taps }) => new ModelGrams(model, taps, planned.partition));
  const samples = { read: (start: number, count: number) => joined(images.slice(start, start + count)) };
  await runNetworks(grams, planned, samples, backend, frame, {
    async took() {
      await nextTurn();
      job.signal.throwIfAborted();
    },
  });
  return networks.map((network) => grams[seeing.indexOf(network)]?.of(network.taps, 0) ?? []);
}

async function layerMap(rows: readonly Gram[], columns: readonly Gram[], place: Workplace): Promise<LayerMap> {
  const cka = (measure: typeof biasedLinearCka) =>
    place.frame.measures(() => exhaust(measure.full(rows, columns), place.job.signal));
  const [biased, unbiased] = [await cka(biasedLinearCka), await cka(unbiasedLinearCka)];
  return { biased: biased.values, unbiased: unbiased.values };
}

function firstRepeat(inversions: Side["inversions"], pairs: number): readonly Float32Array[] {
  return inversions.slice(0, pairs).map(({ pixels }) => pixels);
}

function namesOf(taps: readonly Tap[]): readonly string[] {
  return taps.map(({ name }) => name);
}
