import type { Warning } from "../../core/report/report.ts";
import type { Probe } from "../probe/probe.ts";
import type { OpenModel } from "./openModel.ts";

/** Samples read at a time. */
const portion = 64;

/** A warning for each file whose attention mask was made from the ids, where these are filled up at all. */
export function paddingWarnings(models: readonly OpenModel[], probe: Probe): Warning[] {
  const files = new Map(models.map(({ pad, file }) => [file.path, { pad, file }]));
  return [...files.values()].flatMap(({ pad, file }) => {
    if (pad === undefined || !holds(probe, pad)) return [];
    const message = `The probe has no attention mask: tokens of id ${pad}, with which the model's configuration fills sequences up, were masked.`;
    return [{ code: "probe/padding-masked", message, where: file.path }];
  });
}

/** Whether a token of that id stands anywhere in the probe. */
function holds(probe: Probe, id: number): boolean {
  const rows = probe.rows?.length ?? 1;
  for (let start = 0; start < probe.samples; start += portion) {
    const values = probe.read(start, Math.min(portion, probe.samples - start));
    const length = (probe.sampleShape.at(-1) ?? 1) * rows;
    const ids = length / rows;
    for (let i = 0; i < values.length; i++) if (i % length < ids && values[i] === id) return true;
  }
  return false;
}
