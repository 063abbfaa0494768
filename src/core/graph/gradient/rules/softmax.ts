import type { GradientRule } from "../rule.ts";
import { sumOver } from "../shaping.ts";

/** y (g − Σ g y) along the axis. */
const softmax: GradientRule = (step) => [
  () => {
    const { graph, gradient: g, output: y } = step;
    const axis = step.axis("axis", -1, step.shape(0).length);
    const along = sumOver(graph, graph.add("Mul", [g, y]), [axis]);
    return graph.add("Mul", [y, graph.add("Sub", [g, along])]);
  },
];

/** g − eʸ Σ g along the axis. */
const logSoftmax: GradientRule = (step) => [
  () => {
    const { graph, gradient: g, output: y } = step;
    const axis = step.axis("axis", -1, step.shape(0).length);
    return graph.add("Sub", [g, graph.add("Mul", [graph.add("Exp", [y]), sumOver(graph, g, [axis])])]);
  },
];

/** Probabilities and their logarithms. */
export const softmaxRules: ReadonlyMap<string, GradientRule> = new Map([
  ["Softmax", softmax],
  ["LogSoftmax", logSoftmax],
]);
