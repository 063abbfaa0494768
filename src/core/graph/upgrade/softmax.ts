import { attribute } from "../graph.ts";
import { type Upgrade, withAttributes } from "./build.ts";

/**
 * Softmax, LogSoftmax and Hardmax before operator set 13 read their input as a matrix, the axes from `axis` (1) on being
 * its rows' contents; since 13 they work along one axis. The two agree where `axis` is the last.
 */
export const softmax: Upgrade = (node, _from, build) => {
  const [x = ""] = node.inputs;
  const axis = attribute(node, "axis", "int") ?? 1;
  const rank = build.knowledge.rank(x);
  const alongLast = { axis: { type: "int", value: -1 } } as const;
  if (axis === -1 || (rank !== undefined && axis === rank - 1)) return withAttributes(node, alongLast);
  const flat = build.add("Flatten", [x], { axis: { type: "int", value: axis } });
  const shape = build.add("Shape", [x]);
  const matrix = withAttributes({ ...node, inputs: [flat] }, alongLast);
  return build.before(matrix, (value) => ({ op: "Reshape", inputs: [value, shape], attributes: new Map() }));
};
