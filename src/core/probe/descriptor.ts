import { Failure } from "../failure.ts";
import type { NumericDType } from "../formats/storedArray.ts";
import { numericDTypes } from "../formats/storedArray.ts";
import { JsonValue } from "./jsonValue.ts";
import type { Normalisation } from "./preprocessing.ts";
import { normalisation } from "./preprocessing.ts";

/** A file `*.probe.json`: what raw numbers mean, or what another probe file leaves open. */
export interface ProbeDescriptor {
  /** Relative to the descriptor, or absolute. */
  readonly file: string;
  /** Of a raw file, little-endian and row-major; absent where `file` says so itself (`.npy`, IDX, a folder, …). */
  readonly raw?: { readonly dtype: NumericDType; readonly shape: readonly number[] };
  readonly layout?: "NHWC" | "NCHW";
  /** Multiplies stored values. */
  readonly scale?: number;
  readonly normalisation?: Normalisation;
  readonly labels?: ProbeLabels;
}

/** One whole number per sample, raw or in a file that describes itself. */
export interface ProbeLabels {
  readonly file: string;
  readonly dtype?: NumericDType;
}

/** Code of every failure about a descriptor's contents. */
const code = "probe/descriptor";

/**
 * Reads a descriptor; `media/schema/probe.schema.json` states the same rules for editors.
 * @throws Failure `probe/descriptor` with the place in the file and what was expected
 */
export function parseDescriptor(text: string, file: string): ProbeDescriptor {
  const root = JsonValue.parse(text, file, code);
  const fields = root.fields(["file", "dtype", "shape", "layout", "scale", "mean", "std", "labels"]);
  const [path, dtype, shape] = [fields.get("file"), fields.get("dtype"), fields.get("shape")];
  if (path === undefined) throw new Failure(code, 'It needs a "file" with the numbers.', { file });
  if ((dtype === undefined) !== (shape === undefined)) {
    throw new Failure(code, '"dtype" and "shape" are given together, for raw numbers, or not at all.', { file });
  }
  const scale = fields.get("scale")?.positive();
  const layout = fields.get("layout")?.oneOf(["NHWC", "NCHW"]);
  const labels = fields.get("labels");
  const [mean, std] = [fields.get("mean")?.list(), fields.get("std")?.list()];
  return {
    file: path.text(),
    ...(dtype &&
      shape && { raw: { dtype: dtype.oneOf(numericDTypes), shape: shape.list().map((size) => size.count(1)) } }),
    ...(layout !== undefined && { layout }),
    ...(scale !== undefined && { scale }),
    ...((mean ?? std) && {
      normalisation: inFile(file, () =>
        normalisation(
          mean?.map((value) => value.number()),
          std?.map((value) => value.positive()),
        ),
      ),
    }),
    ...(labels && { labels: parseLabels(labels, file) }),
  };
}

function parseLabels(value: JsonValue, file: string): ProbeLabels {
  const fields = value.fields(["file", "dtype"]);
  const [path, dtype] = [fields.get("file"), fields.get("dtype")];
  if (path === undefined) throw new Failure(code, 'labels: it needs a "file".', { file });
  return { file: path.text(), ...(dtype && { dtype: dtype.oneOf(numericDTypes) }) };
}

/** Runs `work`; a failure that names no file gets this one. */
function inFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Failure ? error.in(file) : error;
  }
}
