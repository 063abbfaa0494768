import type { Tap } from "../../core/graph/tap.ts";
import type { OpenModel } from "../models/openModel.ts";

/** One model of the command, in its order, with the taps it is read at. */
export interface Contestant {
  readonly model: OpenModel;
  readonly taps: readonly Tap[];
  /** Names of its taps, as rows or columns show them. */
  readonly names: readonly string[];
}

/** A network that is run, for every contestant that is that very network: a model against itself runs once. */
export interface Network {
  readonly model: OpenModel;
  /** Every tap that some contestant reads. */
  readonly taps: readonly Tap[];
  readonly contestants: ReadonlySet<number>;
}

/** The different networks among the contestants. */
export function networks(contestants: readonly Contestant[]): Network[] {
  const found = new Map<string, { model: OpenModel; taps: Map<string, Tap>; contestants: Set<number> }>();
  for (const [index, { model, taps }] of contestants.entries()) {
    const identity = JSON.stringify([
      model.file.digest,
      model.preprocessing.mean,
      model.preprocessing.std,
      model.pooling,
    ]);
    const network = found.get(identity) ?? { model, taps: new Map(), contestants: new Set() };
    found.set(identity, network);
    for (const tap of taps) network.taps.set(tap.value, tap);
    network.contestants.add(index);
  }
  return [...found.values()].map(({ model, taps, contestants: members }) => ({
    model,
    taps: inDepthOrder([...taps.values()], model.taps),
    contestants: members,
  }));
}

/** Indices of every two contestants, first one first. */
export function pairsOf(count: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let a = 0; a < count; a++) for (let b = a + 1; b < count; b++) pairs.push([a, b]);
  return pairs;
}

function inDepthOrder(taps: readonly Tap[], all: readonly Tap[]): Tap[] {
  const depth = new Map(all.map((tap, i) => [tap.value, i]));
  return taps.toSorted((a, b) => (depth.get(a.value) ?? 0) - (depth.get(b.value) ?? 0));
}
