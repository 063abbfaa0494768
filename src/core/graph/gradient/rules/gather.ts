import { int, text } from "../../attributes.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { Contribution, GradientRule } from "../rule.ts";
import { expandLike, reshape, zerosLike } from "../shaping.ts";
import type { Step } from "../step.ts";

/** ONNX `Gather`: each slice goes back to where it was taken; one taken twice gets both. */
const gather: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    const [x, indices] = [step.input(0), step.input(1)];
    const shape = graph.shapeOf(x);
    const axis = step.axis("axis", 0, shape.length);
    const picked = graph.shapeOf(indices);
    const count = picked.every((size) => typeof size === "number") ? picked.reduce((a, b) => a * b, 1) : "?";
    const slices = reshape(graph, gradient, shape.with(axis, count));
    return stretch(graph, slices, step, axis) ?? scattered(graph, slices, indices, x, axis);
  },
];

/** Where the indices are known and follow one another. */
function stretch(graph: BackwardGraph, slices: string, step: Step, axis: number): Contribution | undefined {
  const known = graph.dataOf(step.input(1));
  const size = step.shape(0)[axis];
  if (!known?.length || typeof size !== "number") return undefined;
  const places = known.map((index) => (index < 0 ? index + size : index));
  const start = places[0]!;
  return places.every((place, i) => place === start + i) ? { value: slices, axis, start } : undefined;
}

function scattered(graph: BackwardGraph, slices: string, indices: string, x: string, axis: number): string {
  const rank = graph.shapeOf(slices).length;
  const along = reshape(graph, indices, new Array<number | string>(rank).fill(1).with(axis, "?"));
  const inputs = [zerosLike(graph, x), expandLike(graph, along, slices), slices];
  return graph.add("ScatterElements", inputs, { axis: int(axis), reduction: text("add") });
}

const gatherElements: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    const inputs = [zerosLike(graph, step.input(0)), step.input(1), gradient];
    return graph.add("ScatterElements", inputs, { axis: int(step.int("axis", 0)), reduction: text("add") });
  },
];

const gatherND: GradientRule = (step) => [
  () => {
    const { graph, gradient } = step;
    if (step.int("batch_dims", 0) !== 0) step.refuse("with indices of their own for each sample");
    const inputs = [zerosLike(graph, step.input(0)), step.input(1), gradient];
    return graph.add("ScatterND", inputs, { reduction: text("add") });
  },
];

/** ONNX `ScatterElements` and `ScatterND`: what was written over gets nothing, what was written its place's gradient. */
const scatter: GradientRule = (step) => {
  const { graph, gradient, node } = step;
  const [indices, updates] = [step.input(1), step.input(2)];
  const reduction = step.text("reduction", "none");
  if (reduction !== "none" && reduction !== "add") step.refuse(`with reduction ${reduction}`);
  const axis = node.op === "ScatterElements" ? { axis: int(step.int("axis", 0)) } : undefined;
  return [
    () => (reduction === "add" ? gradient : graph.add(node.op, [gradient, indices, zerosLike(graph, updates)], axis)),
    undefined,
    () => graph.add(axis ? "GatherElements" : "GatherND", [gradient, indices], axis),
  ];
};

/** The values of ONNX `TopK`. */
const topK: GradientRule = (step) => [
  () => {
    const { graph, gradient, node } = step;
    const inputs = [zerosLike(graph, step.input(0)), graph.outputOf(node, 1), gradient];
    return graph.add("ScatterElements", inputs, { axis: int(step.int("axis", -1)) });
  },
];

/** Elements picked by indices, and written by them. */
export const gatherRules: ReadonlyMap<string, GradientRule> = new Map([
  ["Gather", gather],
  ["GatherElements", gatherElements],
  ["GatherND", gatherND],
  ["ScatterElements", scatter],
  ["ScatterND", scatter],
  ["TopK", topK],
]);
