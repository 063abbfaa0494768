import { attribute, type Node } from "../graph.ts";
import { toFloat64 } from "../numbers.ts";
import { type Build, type Upgrade, withAttributes, withInputs } from "./build.ts";
import { cannotUpgrade } from "./refuse.ts";

/** Upsample (before operator set 10) and the versions of Resize: how an output position finds its input position. */

/** Upsample: scales as an input (9), as a list (7), or height and width alone (1). */
export const upsample: Upgrade = (node, from, build) => {
  const [x = "", given] = node.inputs;
  const list = attribute(node, "scales", "floats");
  const height = attribute(node, "height_scale", "float");
  const width = attribute(node, "width_scale", "float");
  const known = list ?? (height !== undefined && width !== undefined ? [1, 1, height, width] : undefined);
  const scales = given ?? (known && build.floats(known));
  if (scales === undefined) throw cannotUpgrade(node, from, "has no scales");
  const mode = attribute(node, "mode", "string") ?? "nearest";
  const resize = { ...node, op: "Resize", attributes: new Map() };
  return asymmetric(resize, x, scales, mode === "nearest" ? "floor" : "linear");
};

/**
 * Resize: in operator set 10 positions are divided by the scale, and "nearest" takes the one before where an axis grows,
 * the one behind where it shrinks (as the runtime has it; the standard left it open). 11 and 12 had a further way to find positions.
 */
export const resize: Upgrade = (node, from, build) => (from < 11 ? resize10(node, build) : resize11(node, from, build));

function resize10(node: Node, build: Build): Node {
  const [x = "", scales = ""] = node.inputs;
  if ((attribute(node, "mode", "string") ?? "nearest") !== "nearest") return asymmetric(node, x, scales, "linear");
  const constant = build.knowledge.constant(scales);
  const known = constant && toFloat64(constant);
  if (known?.every((scale) => scale >= 1)) return asymmetric(node, x, scales, "floor");
  if (known?.every((scale) => scale <= 1)) return asymmetric(node, x, scales, "ceil");
  const one = build.floats([1]);
  const shrunk = asymmetric(node, x, build.add("Min", [scales, one]), "ceil");
  const growth = build.add("Max", [scales, one]);
  return build.before(shrunk, (value) => asymmetric(node, value, growth, "floor"));
}

function asymmetric(node: Node, x: string, scales: string, nearest: "floor" | "ceil" | "linear"): Node {
  return withAttributes(withInputs(node, [x, "", scales]), {
    mode: { type: "string", value: nearest === "linear" ? "linear" : "nearest" },
    nearest_mode: nearest === "linear" ? undefined : { type: "string", value: nearest },
    coordinate_transformation_mode: { type: "string", value: "asymmetric" },
  });
}

/**
 * `tf_half_pixel_for_nn` (11 and 12) is half a position more than `half_pixel`, which rounding the other way takes back:
 * ⌊h + ½⌋ rounds h with ties upwards, and ⌈h + ½ − ½⌉ = ⌈h⌉.
 */
const roundings: ReadonlyMap<string, string> = new Map([
  ["floor", "round_prefer_ceil"],
  ["round_prefer_floor", "ceil"],
]);

function resize11(node: Node, from: number, build: Build): Node {
  const [x = "", roi = "", scales = "", sizes = ""] = node.inputs;
  // Scales had to be there even where sizes were given, and were then empty.
  const upgraded = build.constantCount(scales) === 0 ? withInputs(node, [x, roi, "", sizes]) : node;
  if (attribute(node, "coordinate_transformation_mode", "string") !== "tf_half_pixel_for_nn") return upgraded;
  const mode = attribute(node, "mode", "string") ?? "nearest";
  const rounding = roundings.get(attribute(node, "nearest_mode", "string") ?? "round_prefer_floor");
  if (mode !== "nearest" || rounding === undefined) {
    throw cannotUpgrade(node, from, "finds positions by tf_half_pixel_for_nn");
  }
  return withAttributes(upgraded, {
    coordinate_transformation_mode: { type: "string", value: "half_pixel" },
    nearest_mode: { type: "string", value: rounding },
  });
}
