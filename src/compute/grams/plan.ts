import type { Program } from "../../core/graph/graph.ts";
import { liveMemory, multiplyAdds } from "../../core/graph/live.ts";
import { inferShapes } from "../../core/graph/shapes.ts";
import { byteLength } from "../../core/graph/tensor.ts";
import { packedLength } from "../../core/measures/gram.ts";
import { withGrams } from "../../core/methods/gramGraph.ts";
import type { Estimate, Estimator } from "../../protocol/compute.ts";
import type { Backend } from "../backends/backend.ts";
import type { Network } from "../comparison/sides.ts";
import { memoryBudget, requireMemory } from "../courtesy.ts";
import { fitted } from "../models/fitted.ts";
import { fullPartition, minibatchPartition, type Partition, passes } from "./partition.ts";
import { throughput } from "./throughput.ts";

/** How a comparison will be run, and what that takes. */
export interface Plan {
  readonly partition: Partition;
  /** Whether networks take turns in memory: each gives back after a run what the next one needs. */
  readonly returnMemory: boolean;
  readonly estimate: Estimate;
}

export interface PlanRequest {
  readonly estimator: Estimator;
  readonly batch: number;
  readonly samples: number;
  readonly measures: number;
}

/**
 * Memory that the networks' own values may take in one run, however much is free: beyond, a run only gets slower, and
 * a training beside it loses the room it may grow into.
 */
const mostRunMemory = 1.25 * 2 ** 30;
/** Above so many bytes in all, networks take turns: below, asking the system anew for each run costs more than it frees. */
const worthReturning = 512 * 2 ** 20;
/** The process itself, with the runtime loaded. */
const processMemory = 150 * 2 ** 20;
/** `auto` takes one Gram over all samples where it costs at most so many times the minibatch estimate's time. */
const worthwhile = 1.5;
/** Seconds to read and compile a network. */
const startSeconds = 0.25;
/** Share of a matrix product's speed that a whole network reaches. */
const networkEfficiency = 0.7;
/** Multiply-adds per second of the measures, in JavaScript. */
const measureSpeed = 1e9;

/**
 * Chooses how to cut the samples into runs, and estimates time and memory before anything long begins.
 * @throws Failure `memory/not-enough` where even the choice that takes least does not fit.
 */
export async function plan(networks: readonly Network[], request: PlanRequest, backend: Backend): Promise<Plan> {
  const costs = networks.map((network) => new NetworkCost(network, backend));
  const speed = await throughput(backend);
  const estimateOf = (partition: Partition) => estimate(partition, costs, request, speed);

  const minibatch = minibatchPartition(request.samples, Math.min(request.batch, request.samples));
  const full = fullPartition(request.samples, capacity(costs, request.samples));
  let partition = request.estimator === "minibatch" ? minibatch : full;
  if (request.estimator === "auto") {
    const [whole, parts] = [estimateOf(full), estimateOf(minibatch)];
    const fits = whole.memoryMB * 2 ** 20 <= memoryBudget();
    partition = fits && whole.seconds <= worthwhile * parts.seconds ? full : minibatch;
  }
  const chosen = estimateOf(partition);
  requireMemory(chosen.memoryMB * 2 ** 20);
  return { partition, returnMemory: takeTurns(costs, largestRun(partition)), estimate: chosen };
}

/** Samples of the largest run: every run holds as many as the first, or fewer. */
function largestRun({ runs, samples }: Partition): number {
  return runs[0]?.reduce((sum, { count }) => sum + count, 0) ?? samples;
}

function takeTurns(costs: readonly NetworkCost[], samples: number): boolean {
  return costs.length > 1 && costs.reduce((sum, cost) => sum + cost.live(samples), 0) > worthReturning;
}

/** Bytes of the networks' values at once: of the largest network where they take turns, of all otherwise. */
function runMemory(costs: readonly NetworkCost[], samples: number): number {
  const live = costs.map((cost) => cost.live(samples));
  return takeTurns(costs, samples) ? Math.max(...live) : live.reduce((a, b) => a + b, 0);
}

/** Samples that one run may hold so that every network stays within the run memory; at least two. */
function capacity(costs: readonly NetworkCost[], samples: number): number {
  let count = samples;
  while (count > 2 && Math.max(...costs.map((cost) => cost.live(count))) > Math.min(mostRunMemory, memoryBudget())) {
    count = Math.ceil(count / 2);
  }
  return count;
}

function estimate(partition: Partition, costs: readonly NetworkCost[], request: PlanRequest, speed: number): Estimate {
  const largest = largestRun(partition);
  const taps = costs.map((cost) => cost.taps);
  const gramBytes = partition.estimator === "full" ? packedLength(request.samples) * 4 : packedLength(largest) * 4;
  const pairs = taps.flatMap((rows, i) => taps.slice(i).map((columns) => rows * columns)).reduce((a, b) => a + b, 0);
  const samples = passes(partition) * request.samples;
  const forward = costs.reduce((sum, cost) => sum + cost.multiplyAdds(largest) * (samples / largest), 0);
  const products =
    pairs * request.measures * (partition.estimator === "full" ? request.samples ** 2 : (largest * samples) / 2);
  const memory =
    processMemory +
    costs.reduce((sum, cost) => sum + 2 * cost.weights, 0) +
    runMemory(costs, largest) +
    // Packed, and once more while they are centred.
    taps.reduce((a, b) => a + b, 0) * gramBytes * 3;
  const seconds = costs.length * startSeconds + forward / (speed * networkEfficiency) + products / measureSpeed;
  return { seconds, memoryMB: memory / 2 ** 20 };
}

/** What one network with its Grams takes, by samples in a run. */
class NetworkCost {
  readonly taps: number;
  /** Bytes of the weights. */
  readonly weights: number;
  readonly #network: Network;
  readonly #program: Program;
  readonly #known = new Map<number, { readonly live: number; readonly multiplyAdds: number }>();

  constructor(network: Network, backend: Backend) {
    this.#network = network;
    this.#program = fitted(network.model, backend);
    this.taps = network.taps.length;
    this.weights = [...network.model.program.graph.initializers.values()].reduce((sum, t) => sum + byteLength(t), 0);
  }

  /** Bytes of the values alive at once. */
  live(samples: number): number {
    return this.#cost(samples).live;
  }

  multiplyAdds(samples: number): number {
    return this.#cost(samples).multiplyAdds;
  }

  #cost(samples: number): { readonly live: number; readonly multiplyAdds: number } {
    const found = this.#known.get(samples);
    if (found) return found;
    const { model, taps } = this.#network;
    // Moving a tap's origin takes a copy of its representation, and which are moved is known only once they are there.
    const { program } = withGrams(this.#program, taps, new Set(taps.map(({ value }) => value)), {
      answer: model.answer,
    });
    const shapes = inferShapes(program, new Map([[model.input.name, [samples, ...model.conversion.shape]]]));
    const cost = { live: liveMemory(program, shapes), multiplyAdds: multiplyAdds(program, shapes) };
    this.#known.set(samples, cost);
    return cost;
  }
}
