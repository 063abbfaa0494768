import type { Finding } from "../report/report.ts";
import { type CheckedFile, type ScannedTensor, scanned } from "./checkedFile.ts";
import { constantOf } from "./elementScan.ts";
import { listed, tensors } from "./listed.ts";

/**
 * Parameters whose elements are all the same number, and what that says: a network that was never trained, if nearly all
 * of its biases, scales and statistics are as they begin; otherwise each is a fault of its own.
 */
export function constantWeights(file: CheckedFile): Finding[] {
  const parts = scanned(file).filter(({ role, scan }) => role !== "buffer" && scan.count > 1);
  const vectors = parts.filter(isVector);
  const initial = vectors.filter(isInitial);
  const constant = parts.filter((each) => constantOf(each.scan) !== undefined && !initial.includes(each));
  if (vectors.length >= fewest && initial.length >= untrainedShare * vectors.length) {
    return [untrained(initial, vectors.length, constant)];
  }
  return [
    ...neverRun(initial),
    ...same(
      constant.filter((each) => constantOf(each.scan) === 0),
      "Weights that are all zero.",
    ),
    ...same(
      constant.filter((each) => constantOf(each.scan) !== 0),
      "Weights that are all one number.",
    ),
    ...untouched(initial.filter(({ role }) => role === "parameter")),
  ];
}

/** Share of the vectors at which a network begins and that a training leaves to none. */
const untrainedShare = 0.9;
const fewest = 2;

/** Biases, scales and statistics. */
function isVector({ tensor }: ScannedTensor): boolean {
  return tensor.shape.length === 1;
}

function isInitial(each: ScannedTensor): boolean {
  const value = isVector(each) ? constantOf(each.scan) : undefined;
  if (each.role === "runningMean") return value === 0;
  if (each.role === "runningVariance") return value === 1;
  return value === 0 || value === 1;
}

function untrained(initial: readonly ScannedTensor[], of: number, constant: readonly ScannedTensor[]): Finding {
  const count = (role: string, value: number): number =>
    initial.filter((each) => (each.role === "parameter") === (role === "parameter") && constantOf(each.scan) === value)
      .length;
  const parts = [
    [count("parameter", 1), "scales at 1"],
    [count("parameter", 0), "biases at 0"],
    [count("statistics", 0), "running means at 0"],
    [count("statistics", 1), "running variances at 1"],
  ].flatMap(([found, what]) => (found === 0 ? [] : [`${found} ${what}`]));
  const more = constant.length === 0 ? "" : ` All one number, too: ${described(constant)}.`;
  return {
    code: "check/untrained",
    severity: "warning",
    title: "It looks untrained.",
    evidence: `${initial.length} of ${of} vectors are as in a fresh network: ${parts.join(", ")}.${more}`,
  };
}

/** Batch norms whose statistics are as they begin, in a network that was trained otherwise. */
function neverRun(initial: readonly ScannedTensor[]): Finding[] {
  const variances = initial.filter(({ role }) => role === "runningVariance").map(({ name }) => name);
  if (variances.length === 0) return [];
  return [
    {
      code: "check/statistics-initial",
      severity: "warning",
      title: "Batch norms that saw no data.",
      evidence: `Their variance is 1 in every channel, as in a fresh network: ${listed(variances)}.`,
    },
  ];
}

function same(found: readonly ScannedTensor[], title: string): Finding[] {
  if (found.length === 0) return [];
  const evidence = `${tensors(found.length)}: ${described(found)}.`;
  return [{ code: "check/constant", severity: "warning", title, evidence }];
}

/** Some layers of a trained network may well be left alone by it. */
function untouched(found: readonly ScannedTensor[]): Finding[] {
  if (found.length === 0) return [];
  const evidence = `${tensors(found.length)}: ${described(found)}.`;
  return [
    {
      code: "check/initial-values",
      severity: "information",
      title: "Biases or scales as in a fresh network.",
      evidence,
    },
  ];
}

function described(found: readonly ScannedTensor[]): string {
  return listed(
    found.map(({ name, scan, tensor }) => {
      const value = Number((constantOf(scan) ?? 0).toPrecision(6));
      return `${name} (${tensor.shape.join(" × ")}, all ${value})`;
    }),
  );
}
