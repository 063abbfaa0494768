import type { Program, ValueInfo } from "../../core/graph/graph.ts";
import type { Tap } from "../../core/graph/tap.ts";
import { selectTaps } from "../../core/graph/tapSelection.ts";
import { listTaps } from "../../core/graph/taps.ts";
import { elementCount } from "../../core/graph/tensor.ts";
import { type OutputMeaning, outputMeaning } from "../../core/methods/outputs.ts";
import { fit, type LayoutConversion } from "../../core/probe/layout.ts";
import {
  choosePreprocessing,
  type Normalisation,
  parsePreprocessing,
  prepare,
} from "../../core/probe/preprocessing.ts";
import type { ModelReport, PreprocessingReport } from "../../core/report/report.ts";
import type { ModelChoice } from "../../protocol/compute.ts";
import type { Values } from "../backends/backend.ts";
import type { FoundSettings } from "../probe/findSettings.ts";
import type { Probe } from "../probe/probe.ts";
import type { ModelFile } from "./modelFile.ts";
import type { RunnableModel } from "./runnable.ts";
import { asFeed } from "./sampleInput.ts";

/** A model that is ready for a probe: it knows how samples reach it and where it can be read. */
export interface OpenModel {
  readonly file: ModelFile;
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
): OpenModel {
  const { file, program, input, batch } = runnable;
  const conversion = fit(probe.sampleShape, input.shape ?? []);
  const preprocessing = choosePreprocessing({
    commandLine: choice.preprocess === undefined ? undefined : parsePreprocessing(choice.preprocess),
    settings: settings?.model?.preprocess,
    probe: probe.normalisation,
  });
  const normalisation: Normalisation = { mean: preprocessing.mean, std: preprocessing.std };
  const taps = listTaps(program, input.name, conversion.shape, batch);
  const answer = taps.find(({ value }) => value === program.graph.outputs[0]?.name);
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
    }),
    inputForm: JSON.stringify([input.dtype, conversion.shape, conversion.channelAxis, normalisation]),
    prepare(samples, count) {
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
    format: file.format,
    digest: file.digest,
    architecture: { source: "file", name: program.graph.name, evidence: `the ${file.format} file holds the graph` },
    parameters: parameterCount(program),
    taps: model.chosenTaps.map(({ name, op, shape, width, folded }) => ({ name, op, shape, width, folded })),
    preprocessing: model.preprocessing,
  };
}

/** Number of trained parameters: the elements of every floating-point initializer that has an axis. */
export function parameterCount(program: Program): number {
  let count = 0;
  for (const tensor of program.graph.initializers.values()) {
    if (tensor.dtype.includes("float") && tensor.shape.length > 0) count += elementCount(tensor.shape);
  }
  return count;
}
