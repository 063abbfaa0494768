import { attribute } from "../graph.ts";
import { type Build, type Upgrade, withAttributes } from "./build.ts";

/**
 * Before operator set 7, the second operand of Add and its kind was only broadcast on request (`broadcast`), and then lay
 * along the first one's axes from `axis` on, or along its last ones. Since 7 it lies along the last ones always.
 */
export const broadcastOperands: Upgrade = (node, _from, build) => {
  const axis = attribute(node, "axis", "int");
  const plain = withAttributes(node, { broadcast: undefined, axis: undefined });
  const [a = "", b = ""] = node.inputs;
  if (attribute(node, "broadcast", "int") !== 1 || axis === undefined) return plain;
  return { ...plain, inputs: [a, alongAxis(a, b, axis, build)] };
};

/** `b` with axes of size 1 behind, so that its own lie along those of `a` from `axis` on. */
function alongAxis(a: string, b: string, axis: number, build: Build): string {
  const rankA = build.knowledge.rank(a);
  const rankB = build.knowledge.rank(b);
  if (rankB !== undefined && (axis < 0 || rankA !== undefined)) {
    const behind = (axis < 0 ? -axis : (rankA ?? 0) - axis) - rankB;
    return behind <= 0 ? b : build.withTrailingOnes(b, behind);
  }
  const shape = build.add("Shape", [b]);
  const rank = build.add("Shape", [shape]);
  const from = axis < 0 ? build.ints([-axis]) : build.add("Sub", [rankOf(a, build), build.ints([axis])]);
  const ones = build.ones(build.add("Sub", [from, rank]));
  const wide = build.add("Concat", [shape, ones], { axis: { type: "int", value: 0 } });
  return build.add("Reshape", [b, wide]);
}

/** Number of axes of a value, as a value: int64, shape [1]. */
function rankOf(value: string, build: Build): string {
  return build.add("Shape", [build.add("Shape", [value])]);
}

/** Before operator set 7, Gemm's third operand was only broadcast on request; the request is no longer made. */
export const gemm: Upgrade = (node) => withAttributes(node, { broadcast: undefined });

/** Before operator set 7, PRelu's slopes belonged to axis 1 of the input; now they lie along its last axes. */
export const prelu: Upgrade = (node, _from, build) => {
  const [x = "", slope = ""] = node.inputs;
  const rank = build.knowledge.rank(x);
  if (build.constantCount(slope) === 1 || (build.knowledge.rank(slope) ?? 1) !== 1) return node;
  if (rank !== undefined) return rank <= 2 ? node : { ...node, inputs: [x, build.withTrailingOnes(slope, rank - 2)] };
  const ones = build.ones(build.add("Sub", [rankOf(x, build), build.ints([2])]));
  const shape = build.add("Concat", [build.ints([-1]), ones], { axis: { type: "int", value: 0 } });
  return { ...node, inputs: [x, build.add("Reshape", [slope, shape])] };
};
