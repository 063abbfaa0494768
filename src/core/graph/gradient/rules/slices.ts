import { int } from "../../attributes.ts";
import { slicesOf } from "../../shapes/indexing.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { cut, padAxis, reshape, reverse, sumOver, zerosLike } from "../shaping.ts";
import type { Step } from "../step.ts";

/** ONNX `Concat`: each input's stretch of the axis. */
const concat: GradientRule = (step) => {
  const { graph, node, gradient } = step;
  const axis = step.axis("axis", 0, graph.shapeOf(step.output).length);
  let end = 0;
  const stretches = node.inputs.map((name) => {
    const start = end;
    end += step.sizeOf(graph.shapeOf(name)[axis]);
    return [start, end] as const;
  });
  return stretches.map(
    ([start, stop]) =>
      () =>
        cut(graph, gradient, axis, start, stop),
  );
};

/** ONNX `Split`: the gradients of the pieces behind one another, zeros for those that have none. */
const split: GradientRule = (step) => [
  () => {
    const { graph, node, gradients } = step;
    const axis = step.axis("axis", 0, step.shape(0).length);
    const pieces = node.outputs.map((name, i) => gradients[i] ?? zerosLike(graph, name));
    let start = 0;
    for (const [i, name] of node.outputs.entries()) {
      const size = step.sizeOf(graph.shapeOf(name)[axis]);
      const only = gradients.every((gradient, other) => (gradient !== undefined) === (other === i));
      if (only) return { value: gradients[i]!, axis, start };
      start += size;
    }
    return graph.add("Concat", pieces, { axis: int(axis) });
  },
];

/** ONNX `Slice`: each axis that it cut is filled up with zeros again. */
const slice: GradientRule = (step) => [
  () => {
    const { graph, gradient, node } = step;
    const shape = step.shape(0);
    for (let index = 1; index < node.inputs.length; index++) step.constantInput(index);
    const [first, second] = graph.callsOf(node).map((call) => slicesOf(call, call.inputs[0]?.shape ?? []));
    const cuts = [...(first ?? [])].filter(([axis, { start, step: by, count }]) => {
      const other = second?.get(axis);
      // All of an axis that follows the batch is no cut.
      return (
        !(start === 0 && by === 1 && count === graph.callsOf(node)[0].inputs[0]?.shape?.[axis]) || other?.start !== 0
      );
    });
    if (cuts.length === 0) return gradient;
    const spread = (value: string, [axis, { start, step: by, count }]: (typeof cuts)[number]) => {
      const turned = by < 0 && count > 1 ? reverse(graph, value, axis) : value;
      return stretched(graph, turned, axis, Math.abs(by), count, by < 0 ? start + (count - 1) * by : start);
    };
    for (const [axis] of cuts) step.sizeOf(shape[axis]);
    const [last, ...others] = cuts.toReversed();
    const inner = others.reduce((value, each) => {
      const { value: part, axis, start } = spread(value, each);
      const size = shape[axis] as number;
      return padAxis(graph, part, axis, start, size - start - (graph.shapeOf(part)[axis] as number));
    }, gradient);
    return spread(inner, last!);
  },
];

/** Elements of an axis `by` apart, zeros between them. */
function stretched(graph: BackwardGraph, value: string, axis: number, by: number, count: number, start: number) {
  if (by === 1 || count === 1) return { value, axis, start };
  const shape = graph.shapeOf(value);
  const apart = padAxis(graph, reshape(graph, value, shape.toSpliced(axis + 1, 0, 1)), axis + 1, 0, by - 1);
  const together = reshape(graph, apart, shape.with(axis, count * by));
  return { value: cut(graph, together, axis, 0, (count - 1) * by + 1), axis, start };
}

/** ONNX `Pad`: what was added falls away, or is added to the elements that it repeats. */
const pad: GradientRule = (step) => [
  () => {
    const { gradient } = step;
    const shape = step.shape(0);
    const pads = step.constantInput(1) ?? [];
    const axes = step.constantInput(3)?.map((axis) => (axis < 0 ? axis + shape.length : axis)) ?? [...shape.keys()];
    const mode = step.text("mode", "constant");
    return axes.reduce((value, axis, i) => {
      const [before, after] = [pads[i] ?? 0, pads[i + axes.length] ?? 0];
      if (before === 0 && after === 0) return value;
      return unpadded(step, value, axis, before, after, mode, step.sizeOf(shape[axis]));
    }, gradient);
  },
];

/** The gradient before one axis of `size` elements was padded. */
function unpadded(
  step: Step,
  value: string,
  axis: number,
  before: number,
  after: number,
  mode: string,
  size: number,
): string {
  const { graph } = step;
  if (mode === "constant") return padAxis(graph, value, axis, -before, -after);
  if (before < 0 || after < 0) step.refuse(`with negative padding in mode ${mode}`);
  const own = cut(graph, value, axis, before, before + size);
  const left = before === 0 ? undefined : cut(graph, value, axis, 0, before);
  const right = after === 0 ? undefined : cut(graph, value, axis, before + size, before + size + after);
  const placed = (part: string, start: number) =>
    padAxis(graph, part, axis, start, size - start - (graph.shapeOf(part)[axis] as number));
  const terms = [own];
  switch (mode) {
    case "edge":
      if (left) terms.push(placed(sumOver(graph, left, [axis]), 0));
      if (right) terms.push(placed(sumOver(graph, right, [axis]), size - 1));
      break;
    case "reflect":
      if (left) terms.push(placed(reverse(graph, left, axis), 1));
      if (right) terms.push(placed(reverse(graph, right, axis), size - 1 - after));
      break;
    case "wrap":
      if (left) terms.push(placed(left, size - before));
      if (right) terms.push(placed(right, 0));
      break;
    default:
      step.refuse(`in mode ${mode}`);
  }
  return terms.reduce((sum, term) => graph.add("Add", [sum, term]));
}

/** Stretches of axes joined, taken apart, cut out and padded. */
export const sliceRules: ReadonlyMap<string, GradientRule> = new Map([
  ["Concat", concat],
  ["Split", split],
  ["Slice", slice],
  ["Pad", pad],
]);
