import { Failure } from "../failure.ts";
import { unlessUnread } from "../formats/unreadElements.ts";
import { toFloat64 } from "../graph/numbers.ts";
import type { Finding } from "../report/report.ts";
import { type CheckedFile, scanned } from "./checkedFile.ts";
import { listed } from "./listed.ts";

/** A running variance up to this is that of a channel which gives the same for every sample. */
export const tinyVariance = 1e-12;

/** From this share of a layer's channels on, a network has lost more than trained ones usually do. */
const many = 0.1;

/** Channels that a batch norm sees no change in: what comes in there is constant, and so is what goes on. */
export function deadChannels(file: CheckedFile): Finding[] {
  const layers = scanned(file)
    .filter(({ role, scan }) => role === "runningVariance" && (scan.minimum ?? 1) <= tinyVariance)
    .flatMap(({ name, tensor }) => {
      const values = unlessUnread(() => toFloat64(tensor));
      return values instanceof Failure ? [] : [{ name, values }];
    });
  const dead = layers.map(({ name, values }) => ({
    name,
    of: values.length,
    dead: values.filter((value) => value >= 0 && value <= tinyVariance).length,
    negative: values.filter((value) => value < 0).length,
  }));
  return [
    ...deadFindings(dead.filter((each) => each.dead > 0)),
    ...negatives(dead.filter((each) => each.negative > 0)),
  ];
}

interface Layer {
  readonly name: string;
  readonly of: number;
  readonly dead: number;
  readonly negative: number;
}

function deadFindings(layers: readonly Layer[]): Finding[] {
  if (layers.length === 0) return [];
  const described = layers.map(({ name, dead, of }) => `${name} (${dead} of ${of})`);
  return [
    {
      code: "check/dead-channels",
      severity: layers.some(({ dead, of }) => dead >= many * of) ? "warning" : "information",
      title: "Dead channels.",
      evidence: `Running variances of at most ${tinyVariance}, so that nothing changes there from sample to sample: ${listed(described)}.`,
    },
  ];
}

function negatives(layers: readonly Layer[]): Finding[] {
  if (layers.length === 0) return [];
  const described = layers.map(({ name, negative, of }) => `${name} (${negative} of ${of})`);
  return [
    {
      code: "check/negative-variance",
      severity: "error",
      title: "Variances below zero.",
      evidence: `No variance is negative: ${listed(described)}.`,
    },
  ];
}
