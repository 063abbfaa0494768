import { basename } from "node:path";
import { Failure } from "../../core/failure.ts";
import { openNpy } from "../../core/formats/npy.ts";
import { readRows, shapeText } from "../../core/formats/storedArray.ts";
import { elementCount } from "../../core/graph/tensor.ts";
import { type Gram, gramOf } from "../../core/measures/gram.ts";
import { resolveMeasures } from "../../core/measures/measures.ts";
import { measureMatrix, undefinedTaps } from "../../core/methods/comparison.ts";
import type { MeasureMatrix, Report, Warning } from "../../core/report/report.ts";
import type { MeasureParams } from "../../protocol/compute.ts";
import { fileSource } from "../files.ts";
import type { Job } from "../job.ts";
import { exhaust } from "./exhaust.ts";
import { ReportFrame } from "./reportFrame.ts";

/**
 * Measures between two representations in `.npy` files, n × d each with the same n; further axes are flattened. All
 * arithmetic is float64.
 * @throws Failure `measure/shape` where the files do not hold the same number of samples.
 */
export async function measure(params: MeasureParams, job: Job): Promise<Report> {
  const frame = new ReportFrame("measure");
  const measures = resolveMeasures(params.measures);
  job.report({ phase: "Reading" });
  const x = readRepresentation(params.x);
  const y = readRepresentation(params.y);
  if (x.samples !== y.samples) {
    throw new Failure("measure/shape", `${params.x} has ${x.samples} rows and ${params.y} has ${y.samples}.`, {
      hint: "Rows are samples: both files must hold the same samples in the same order.",
    });
  }
  const axes = { rows: [basename(params.x)], columns: [basename(params.y)] };
  const results: Record<string, MeasureMatrix> = {};
  const warnings: Warning[] = [];
  for (const chosen of measures) {
    job.report({ phase: `Measuring ${chosen.id}` });
    const cells = await exhaust(chosen.full([x.gram], [y.gram]), job.signal);
    results[chosen.id] = measureMatrix(chosen, cells, { samples: x.samples, estimator: "full" }, axes);
    warnings.push(...undefinedTaps(chosen, cells, axes, ["X", "Y"]));
  }
  return frame.report({ models: [], measures: results, warnings });
}

function readRepresentation(path: string): { samples: number; gram: Gram } {
  const source = fileSource(path);
  try {
    const array = openNpy(source);
    const [samples, ...features] = array.shape;
    if (samples === undefined) {
      throw new Failure("measure/shape", `${path} holds a single number.`, { hint: "A representation is n × d." });
    }
    if (elementCount(array.shape) === 0) {
      throw new Failure("measure/shape", `${path} is empty: its shape is ${shapeText(array.shape)}.`);
    }
    return { samples, gram: gramOf(readRows(array, 0, samples, "float64"), samples, elementCount(features)) };
  } finally {
    source.close();
  }
}
