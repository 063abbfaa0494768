import type { Program, ValueInfo } from "../../core/graph/graph.ts";
import type { Pooling, Tap } from "../../core/graph/tap.ts";
import { selectTaps } from "../../core/graph/tapSelection.ts";
import { listTaps } from "../../core/graph/taps.ts";
import { elementCount, type Tensor } from "../../core/graph/tensor.ts";
import { type OutputMeaning, outputMeaning } from "../../core/methods/outputs.ts";
import { fit, type LayoutConversion } from "../../core/probe/layout.ts";
import {
  choosePreprocessing,
  type Normalisation,
  type Proposal,
  parsePreprocessing,
  prepare,
} from "../../core/probe/preprocessing.ts";
import type { Architecture as ArchitectureReport, ModelReport, PreprocessingReport } from "../../core/report/report.ts";
import { sequenceLength } from "../../core/tokens/fitTokens.ts";
import { defaultPooling, pooledTap } from "../../core/tokens/pooling.ts";
import { idsOnly, tokenRows } from "../../core/tokens/tokenRows.ts";
import type { ModelChoice } from "../../protocol/compute.ts";
import type { Values } from "../backends/backend.ts";
import type { FoundSettings } from "../probe/findSettings.ts";
import type { Probe } from "../probe/probe.ts";
import type { ModelFile, ModelProgram } from "./modelFile.ts";
import type { RunnableModel } from "./runnable.ts";
import { asFeed } from "./sampleInput.ts";

/** A model that is ready for a probe: it knows how samples reach it and where it can be read. */
export interface OpenModel {
  readonly file: ModelProgram;
  /** At the internal operator set, any number of samples at a time where the network allows it. */
  readonly program: Program;
  /** `free`, or the one number of samples that the network takes at a time. */
  readonly batch: "free" | number;
  readonly input: ValueInfo;
  readonly conversion: LayoutConversion;
  readonly preprocessing: PreprocessingReport;
  /** Every tap, in order of depth. */
  readonly taps: readonly Tap[];
  /** The taps that were asked for. */
  readonly chosenTaps: readonly Tap[];
  /** The network's own output, where it has one row per sample. */
  readonly answer: Tap | undefined;
  readonly outputMeaning: OutputMeaning;
  /** How the tokens of a sample become one row, at taps that hold one vector per token; absent for networks without tokens. */
  readonly pooling?: Pooling;
  /** The id at which attention masks that the probe lacks are 0. */
  readonly pad?: number;
  /** Equal for models whose {@link prepare} gives the same. */
  readonly inputForm: string;
  /** The network's input for `count` samples as the probe gives them. */
  prepare(samples: Float32Array<ArrayBuffer>, count: number): Values;
}

/**
 * Brings a model and a probe together.
 * @throws Failure of the layout, the preprocessing and the choice of taps.
 */
export function openModel(
  runnable: RunnableModel,
  choice: ModelChoice,
  settings: FoundSettings | undefined,
  probe: Probe,
  proposal?: Proposal,
): OpenModel {
  const { file, program, input, batch, tokens } = runnable;
  const given = probe.rows ?? idsOnly;
  const length = tokens && sequenceLength(probe.sampleShape, given.length, tokens.sequence);
  const conversion =
    tokens && length !== undefined
      ? { shape: [tokens.rows.length, length], channelAxis: 0, order: undefined }
      : fit(probe.sampleShape, input.shape ?? []);
  const pooling = tokens && (choice.pool ?? settings?.model?.pool ?? defaultPooling);
  // Ids are names: nothing is done to them.
  const sources = tokens
    ? {}
    : {
        commandLine: choice.preprocess === undefined ? undefined : parsePreprocessing(choice.preprocess),
        settings: settings?.model?.preprocess,
        checkpoint: file.checkpoint.provenance.preprocessing,
        probe: probe.normalisation,
        proposal,
      };
  const preprocessing = choosePreprocessing(sources);
  const normalisation: Normalisation = { mean: preprocessing.mean, std: preprocessing.std };
  const found = listTaps(program, input.name, conversion.shape, batch);
  const taps = pooling && length !== undefined ? found.map((tap) => pooledTap(tap, pooling, length)) : found;
  const answer = taps[found.findIndex(({ value }) => value === program.graph.outputs[0]?.name)];
  return {
    file,
    program,
    batch,
    input,
    conversion,
    preprocessing,
    taps,
    chosenTaps: selectTaps(taps, choice.taps ?? settings?.model?.taps),
    answer,
    outputMeaning: outputMeaning({
      shape: answer?.shape ?? [],
      op: answer?.op ?? "",
      outputCount: program.graph.outputs.length,
      tokens: probe.kind === "tokens",
      pooled: answer?.pooled?.how,
    }),
    ...(pooling && { pooling }),
    ...(tokens?.pad !== undefined && !given.includes("attention_mask") && { pad: tokens.pad }),
    inputForm: JSON.stringify([input.dtype, conversion.shape, conversion.channelAxis, normalisation, tokens]),
    prepare(samples, count) {
      if (tokens)
        return asFeed(input, [count, ...conversion.shape], tokenRows(samples, count, given, tokens.rows, tokens.pad));
      const values = prepare(samples, count, conversion, normalisation);
      return asFeed(input, [count, ...conversion.shape], values);
    },
  };
}

/** What a report says of a model that was run. */
export function modelReport(model: OpenModel): ModelReport {
  const { file, program } = model;
  return {
    path: file.path,
    format: file.checkpoint.format,
    digest: file.digest,
    architecture: architectureReport(file),
    ...weightsReport(file),
    parameters: parameterCount(program.graph.initializers.values()),
    taps: model.chosenTaps.map(({ name, op, shape, width, folded, pooled }) => ({
      name,
      op,
      shape,
      width,
      folded,
      ...(pooled && { pool: pooled.how }),
    })),
    preprocessing: model.preprocessing,
  };
}

/** What a report says of a model's architecture. */
export function architectureReport({ architecture, architectureFile }: ModelFile): ArchitectureReport {
  const { source, name, evidence } = architecture;
  return { source, name, evidence, ...(architectureFile !== undefined && { file: architectureFile }) };
}

/** What a report says of the weight sets of a file that holds several. */
export function weightsReport({
  weights,
  checkpoint,
}: Pick<ModelFile, "checkpoint" | "weights">): Pick<ModelReport, "weights" | "weightSets"> {
  const names = [...checkpoint.provenance.alternatives.keys()];
  return { ...(weights !== undefined && { weights }), ...(names.length > 0 && { weightSets: names }) };
}

/** Number of trained parameters: the elements of every floating-point tensor that has an axis. */
export function parameterCount(tensors: Iterable<Tensor>): number {
  let count = 0;
  for (const tensor of tensors) {
    if (tensor.dtype.includes("float") && tensor.shape.length > 0) count += elementCount(tensor.shape);
  }
  return count;
}
