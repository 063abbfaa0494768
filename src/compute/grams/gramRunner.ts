import { Failure } from "../../core/failure.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { type Gram, packGram } from "../../core/measures/gram.ts";
import { type GramProgram, isFarFromOrigin, withGrams } from "../../core/methods/gramGraph.ts";
import type { Backend, LoadOptions, Values } from "../backends/backend.ts";
import { fitted } from "../models/fitted.ts";
import type { OpenModel } from "../models/openModel.ts";

/** Runs one network on samples and gives the Gram of each tap over them. */
export interface GramRunner {
  /** @param input the network's input for m samples. */
  run(input: Values): Promise<GramRun>;
  release(): Promise<void>;
}

/** What one run of m samples gives. */
export interface GramRun {
  /** Row-major m × m Grams, by tap value. */
  readonly grams: ReadonlyMap<string, SquareGram>;
  /** The network's answers, m × width; absent where they were not asked for. */
  readonly answers: Float32Array | undefined;
}

/** A Gram as it leaves the runtime. */
export interface SquareGram {
  readonly square: Float32Array;
  /** Squared length of the sample that was subtracted from all; 0 where none was. */
  readonly offset: number;
}

/** The packed form that measures take and the store keeps. */
export function packed({ square, offset }: SquareGram, count: number): Gram {
  return packGram(square, count, offset);
}

/**
 * Compiles a network, which takes any number of samples at a time, with the Grams of `taps` inside it. Taps whose samples
 * turn out to lie far from the origin are compiled anew, about a sample of theirs, and the run is made again.
 */
export async function gramRunner(
  backend: Backend,
  model: OpenModel,
  taps: readonly Tap[],
  keepAnswers: boolean,
  options?: LoadOptions,
): Promise<GramRunner> {
  const network = fitted(model, backend);
  const moved = new Set<string>();
  const gramOptions = {
    answer: keepAnswers ? model.answer : undefined,
    threads: backend.provider === "cpu" ? backend.threads : 1,
  };
  const compile = async () => {
    const extended = withGrams(network, taps, moved, gramOptions);
    return { extended, session: await backend.load(extended.program, options) };
  };
  let compiled: Awaited<ReturnType<typeof compile>> | undefined = await compile();
  const runAll = async (input: Values): Promise<GramRun> => {
    const count = input.shape[0] ?? 0;
    for (;;) {
      compiled ??= await compile();
      const { extended, session } = compiled;
      const found = readRun(extended, await session.run(new Map([[model.input.name, input]])), count);
      const far = [...found.grams].filter(([tap, { square }]) => !moved.has(tap) && isFarFromOrigin(square, count));
      if (far.length === 0) return found;
      for (const [tap] of far) moved.add(tap);
      compiled = undefined;
      await session.release();
    }
  };
  let isTried = false;
  return {
    async run(input) {
      if (!isTried && (input.shape[0] ?? 0) >= manyTimes * tried) await runAll(firstSamples(input, tried));
      isTried = true;
      return runAll(input);
    },
    release: async () => compiled?.session.release(),
  };
}

/** Samples that show where the origin is to be, before many times as many are run for nothing. */
const tried = 8;
const manyTimes = 4;

function firstSamples({ shape: [count = 0, ...own], data }: Values, samples: number): Values {
  return { shape: [samples, ...own], data: data.subarray(0, (data.length / count) * samples) };
}

function readRun(extended: GramProgram, fetched: ReadonlyMap<string, Values>, count: number): GramRun {
  const grams = new Map<string, SquareGram>();
  for (const tap of extended.gramOutputs.keys()) {
    const gram = squareGram(extended, tap, fetched);
    if (gram.square.length !== count * count) {
      throw new Failure("engine/samples-lost", `The value ${tap} does not have one row per sample.`, {
        hint: "Leave this layer out with --taps.",
      });
    }
    grams.set(tap, gram);
  }
  return { grams, answers: extended.answers === undefined ? undefined : floats(fetched, extended.answers) };
}

/** The Gram of one tap among what the engine gave. */
export function squareGram(extended: GramProgram, tap: string, fetched: ReadonlyMap<string, Values>): SquareGram {
  const names = extended.gramOutputs.get(tap);
  const offset = names?.offset === undefined ? 0 : (floats(fetched, names.offset)[0] ?? 0);
  return { square: floats(fetched, names?.gram ?? ""), offset };
}

function floats(fetched: ReadonlyMap<string, Values>, name: string): Float32Array {
  const data = fetched.get(name)?.data;
  if (data instanceof Float32Array) return data;
  if (data !== undefined) return Float32Array.from(data as ArrayLike<number>);
  throw new Failure("engine/run", `ONNX Runtime gave no value for ${name}.`);
}
