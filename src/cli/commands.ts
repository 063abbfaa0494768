import { resolve } from "node:path";
import type { ComputeProcess, RequestOptions } from "../client/computeProcess.ts";
import { presetIds } from "../core/methods/inversion/presets.ts";
import { seedKinds } from "../core/methods/inversion/seeds.ts";
import type { Report } from "../core/report/report.ts";
import { poolings } from "../core/tokens/pooling.ts";
import {
  check,
  compare,
  diff,
  type EngineChoice,
  inspect,
  invert,
  type ModelChoice,
  measure,
  type ProbeChoice,
  run,
} from "../protocol/compute.ts";
import {
  checkFlags,
  compareFlags,
  diffFlags,
  type Flag,
  inspectFlags,
  invertFlags,
  measureFlags,
  runFlags,
} from "./flags.ts";
import type { Input } from "./input.ts";
import { UsageError } from "./usage.ts";

/** A command of the command line: how it is written, and what it asks of the compute process. */
export interface Command {
  readonly name: string;
  /** Operands as help shows them, e.g. `A B [C …]`. */
  readonly operands: string;
  readonly fewest: number;
  readonly most: number;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** @throws UsageError, at once, for values that cannot be meant */
  ask(input: Input, compute: Pick<ComputeProcess, "request">, options: RequestOptions): Promise<Report>;
}

export const commands: readonly Command[] = [
  {
    name: "inspect",
    operands: "FILE",
    fewest: 1,
    most: 1,
    summary: "say what a checkpoint holds: format, architecture, layers, tensors",
    flags: inspectFlags,
    ask: (input, compute, options) => compute.request(inspect, { model: model(input, 0) }, options),
  },
  {
    name: "compare",
    operands: "A B [C …]",
    fewest: 2,
    most: Number.POSITIVE_INFINITY,
    summary: "compare networks layer by layer on the same samples",
    flags: compareFlags,
    ask: (input, compute, options) =>
      compute.request(
        compare,
        {
          models: input.operands.map((_, position) => model(input, position)),
          probe: probe(input),
          engine: engine(input),
          batch: input.integer("batch", 1) ?? 128,
          estimator: input.word("estimator", ["auto", "full", "minibatch"]) ?? "auto",
          measures: input.list("measures") ?? ["cka.linear.unbiased"],
          seed: input.integer("seed", 0) ?? 0,
        },
        options,
      ),
  },
  {
    name: "run",
    operands: "A",
    fewest: 1,
    most: 1,
    summary: "write a network's representations of the samples as .npy files",
    flags: runFlags,
    ask: (input, compute, options) => {
      const out = input.path("out");
      if (out === undefined) throw new UsageError("run needs --out DIR, the folder that takes the .npy files.");
      const batch = input.integer("batch", 1) ?? 128;
      return compute.request(
        run,
        { model: model(input, 0), probe: probe(input), engine: engine(input), batch, out },
        options,
      );
    },
  },
  {
    name: "invert",
    operands: "A [B …]",
    fewest: 1,
    most: Number.POSITIVE_INFINITY,
    summary: "find images that a layer takes for others, and compare the networks on them (Jones, STIR)",
    flags: invertFlags,
    ask: (input, compute, options) =>
      compute.request(
        invert,
        {
          models: input.operands.map((_, position) => invertedModel(input, position)),
          probe: probe(input),
          engine: engine(input),
          preset: input.word("preset", presetIds) ?? "fast",
          seed: input.integer("seed", 0) ?? 0,
          ...defined({
            pairs: input.path("pairs"),
            seedKind: input.word("seed-kind", seedKinds),
            steps: input.integer("steps", 1),
            repeats: input.integer("repeats", 1),
            rectifier: input.word("rectifier", ["exact", "straight-through"]),
            batch: input.integer("batch", 1),
            images: input.path("images"),
            maps: input.has("maps") || undefined,
            grams: input.has("grams") || undefined,
            saliency: input.has("saliency") || undefined,
            controversial: input.has("controversial") || undefined,
          }),
        },
        options,
      ),
  },
  {
    name: "measure",
    operands: "X.npy Y.npy",
    fewest: 2,
    most: 2,
    summary: "compare two representations that are files already, n × d each",
    flags: measureFlags,
    ask: (input, compute, options) => {
      const [x = "", y = ""] = input.operands.map((operand) => resolve(operand));
      return compute.request(measure, { x, y, measures: input.list("measures") ?? ["all"] }, options);
    },
  },
  {
    name: "check",
    operands: "A [B]",
    fewest: 1,
    most: 2,
    summary: "look a checkpoint over for what is often wrong; two, for what they share that they should not",
    flags: checkFlags,
    ask: (input, compute, options) => {
      const models = input.operands.map((_, position) => model(input, position));
      return compute.request(check, { models, probe: probe(input), engine: engine(input) }, options);
    },
  },
  {
    name: "diff",
    operands: "A B",
    fewest: 2,
    most: 2,
    summary: "compare the weights of two checkpoints, tensor by tensor",
    flags: diffFlags,
    ask: (input, compute, options) => compute.request(diff, { models: [model(input, 0), model(input, 1)] }, options),
  },
];

/** The model at a position of the operands. Those after the first share its flags unless `-b` flags say otherwise. */
function model(input: Input, position: number): ModelChoice {
  const own = (name: string): string => (position > 0 && input.text(`${name}-b`) !== undefined ? `${name}-b` : name);
  const preprocess = input.text(own("preprocess"));
  const taps = input.list(own("taps"));
  const arch = own("arch");
  const weights = input.text(own("weights"));
  const pool = input.word(own("pool"), [...poolings, "auto"]);
  return {
    path: resolve(input.operands[position] ?? ""),
    ...defined({
      architecture: input.text(arch) === "auto" ? undefined : input.path(arch),
      weights: weights === "main" ? undefined : weights,
      preprocess: preprocess === "auto" ? undefined : preprocess,
      taps: taps?.join() === "@auto" ? undefined : taps,
      pool: pool === "auto" ? undefined : pool,
    }),
  };
}

/** A model of which layers are inverted, named by `--tap` and, for the models after the first, `--tap-b`. */
function invertedModel(input: Input, position: number): ModelChoice {
  const own = position > 0 && input.text("tap-b") !== undefined ? "tap-b" : "tap";
  const taps = input.list(own);
  return { ...model(input, position), ...(taps && taps.join() !== "@auto" && { taps }) };
}

function probe(input: Input): ProbeChoice {
  return defined({ path: input.path("probe"), samples: input.integer("samples", 1) });
}

function engine(input: Input): EngineChoice {
  return {
    provider: input.text("provider") ?? "auto",
    ...defined({
      threads: input.integer("threads", 1),
      store: input.text("store") === "none" ? undefined : input.path("store"),
    }),
  };
}

/** The fields that have a value: an absent option is left out, not sent as `undefined`. */
function defined<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: Exclude<Fields[Key], undefined>;
  };
}
