import { type AttributeValues, attribute, type Node } from "../graph.ts";
import { type Upgrade, withAttributes, withInputs } from "./build.ts";
import { cannotUpgrade } from "./refuse.ts";

/** Operators whose parameters were attributes and became inputs, with the same meaning. */

/** An attribute of integers that became an input behind the data. */
function intsToInput(name: string): Upgrade {
  return (node, _from, build) => {
    const values = attribute(node, name, "ints");
    const [data = ""] = node.inputs;
    const inputs = values === undefined ? node.inputs : [data, build.ints(values)];
    return withInputs(withAttributes(node, { [name]: undefined }), inputs);
  };
}

/** Squeeze, Unsqueeze before 13, ReduceSum before 13, the other reductions before 18. An empty list meant every axis. */
export const axes = intsToInput("axes");

/** Reshape before 5. */
export const reshape = intsToInput("shape");

/** Split before 13 had `split` as an attribute (in 1 as an input, too); since 18 the number of equal parts is said. */
export const split: Upgrade = (node, from, build) => {
  const upgraded = from < 13 ? intsToInput("split")(node, from, build) : node;
  if (upgraded.inputs.length > 1) return upgraded;
  return withAttributes(upgraded, { num_outputs: { type: "int", value: node.outputs.length } });
};

/** Slice before 10. */
export const slice: Upgrade = (node, from, build) => {
  const starts = required(node, from, "starts", "ints");
  const ends = required(node, from, "ends", "ints");
  const [data = ""] = node.inputs;
  const axes = attribute(node, "axes", "ints");
  const inputs = [data, build.ints(starts), build.ints(ends), axes === undefined ? "" : build.ints(axes)];
  return withInputs(withAttributes(node, { starts: undefined, ends: undefined, axes: undefined }), inputs);
};

/** TopK before 10. */
export const topK: Upgrade = (node, from, build) => {
  const k = required(node, from, "k", "int");
  return withAttributes({ ...node, inputs: [node.inputs[0] ?? "", build.ints([k])] }, { k: undefined });
};

/** Clip before 11; without a bound there is none. */
export const clip: Upgrade = (node, _from, build) => {
  const [x = ""] = node.inputs;
  const bound = (name: string): string => {
    const value = attribute(node, name, "float");
    return value === undefined ? "" : build.scalar(value, x);
  };
  return withInputs(withAttributes(node, { min: undefined, max: undefined }), [x, bound("min"), bound("max")]);
};

/** Pad before 11; in operator set 1 the widths were called `paddings`. */
export const pad: Upgrade = (node, from, build) => {
  const [x = ""] = node.inputs;
  const pads = required(node, from, from < 2 ? "paddings" : "pads", "ints");
  const value = attribute(node, "value", "float") ?? 0;
  const plain = withAttributes(node, { paddings: undefined, pads: undefined, value: undefined });
  return withInputs(plain, [x, build.ints(pads), value === 0 ? "" : build.scalar(value, x)]);
};

/** Tile before 6 repeated one axis; both the number and the axis were inputs of the data's own type. */
export const tile: Upgrade = (node, _from, build) => {
  const [x = "", tiles = "", axis = ""] = node.inputs;
  const int64 = { to: { type: "int", value: 7 } } as const;
  const list = (value: string): string => build.add("Reshape", [build.add("Cast", [value], int64), build.ints([1])]);
  const ones = build.ones(build.add("Shape", [build.add("Shape", [x])]));
  return { ...node, inputs: [x, build.add("ScatterElements", [ones, list(axis), list(tiles)])] };
};

/** DFT before 20. */
export const dft: Upgrade = (node, _from, build) => {
  const [x = "", length = ""] = node.inputs;
  const axis = build.ints(attribute(node, "axis", "int") ?? 1);
  return withAttributes({ ...node, inputs: [x, length, axis] }, { axis: undefined });
};

function required<T extends "int" | "ints">(node: Node, from: number, name: string, type: T): AttributeValues[T] {
  const value = attribute(node, name, type);
  if (value === undefined) throw cannotUpgrade(node, from, `has no ${name}`);
  return value;
}
