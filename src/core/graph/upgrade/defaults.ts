import { attribute } from "../graph.ts";
import { type Upgrade, withAttributes } from "./build.ts";
import { cannotUpgrade } from "./refuse.ts";

/** Operators whose defaults, spellings or names changed, and nothing else. */

/** `TensorProto.DataType` by name. */
const typeNumbers: ReadonlyMap<string, number> = new Map([
  ["FLOAT", 1],
  ["UINT8", 2],
  ["INT8", 3],
  ["UINT16", 4],
  ["INT16", 5],
  ["INT32", 6],
  ["INT64", 7],
  ["STRING", 8],
  ["BOOL", 9],
  ["FLOAT16", 10],
  ["DOUBLE", 11],
  ["UINT32", 12],
  ["UINT64", 13],
]);

/** Cast before operator set 6 named its type. */
export const cast: Upgrade = (node, from) => {
  const name = attribute(node, "to", "string");
  if (name === undefined) return node;
  const number = typeNumbers.get(name.toUpperCase());
  if (number === undefined) throw cannotUpgrade(node, from, `casts to ${name}`);
  return withAttributes(node, { to: { type: "int", value: number } });
};

/** Concat before operator set 4 joined along axis 1 unless told otherwise. */
export const concat: Upgrade = (node) =>
  node.attributes.has("axis") ? node : withAttributes(node, { axis: { type: "int", value: 1 } });

/** Selu before operator set 6 had four digits of its constants. */
export const selu: Upgrade = (node) =>
  withAttributes(node, {
    alpha: node.attributes.get("alpha") ?? { type: "float", value: 1.6732 },
    gamma: node.attributes.get("gamma") ?? { type: "float", value: 1.0507 },
  });

/** LpPool and GlobalLpPool before operator set 2 had a real exponent. */
export const lpPool: Upgrade = (node, from) => {
  const p = attribute(node, "p", "float") ?? 2;
  if (!Number.isInteger(p)) throw cannotUpgrade(node, from, `has the exponent ${p}`);
  return withAttributes(node, { p: { type: "int", value: p } });
};

/** RNN, LSTM and GRU before operator set 7 announced whether they give the whole sequence; now their outputs say so. */
export const recurrent: Upgrade = (node) => withAttributes(node, { output_sequence: undefined });

/** Scatter was renamed in operator set 11. */
export const scatter: Upgrade = (node) => ({ ...node, op: "ScatterElements" });

/** RoiAlign before operator set 16 took positions without the shift by half a pixel that is now the default. */
export const roiAlign: Upgrade = (node) =>
  withAttributes(node, { coordinate_transformation_mode: { type: "string", value: "output_half_pixel" } });

const gridModes: ReadonlyMap<string, string> = new Map([
  ["bilinear", "linear"],
  ["bicubic", "cubic"],
]);

/** GridSample before operator set 20 named its modes for images. */
export const gridSample: Upgrade = (node) => {
  const mode = gridModes.get(attribute(node, "mode", "string") ?? "");
  return mode === undefined ? node : withAttributes(node, { mode: { type: "string", value: mode } });
};

/** Scan of operator set 8 went over every sample of a batch by itself, which no later operator does. */
export const scan: Upgrade = (node, from) => {
  throw cannotUpgrade(node, from, "runs batch by batch");
};
