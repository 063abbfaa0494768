import type { BackwardGraph } from "../backwardGraph.ts";
import { type GradientRule, zero } from "../rule.ts";
import { undoBroadcast } from "../shaping.ts";
import type { Step } from "../step.ts";

/** Operators of operands that broadcast: each gets the sum over the axes in which it was repeated. */
function operands(write: (step: Step, graph: BackwardGraph, g: string, index: number) => string): GradientRule {
  return (step) =>
    step.node.inputs.map(
      (name, index) => () => undoBroadcast(step.graph, write(step, step.graph, step.gradient, index), name),
    );
}

const add = operands((_, __, g) => g);

const sub = operands((_, graph, g, index) => (index === 0 ? g : graph.add("Neg", [g])));

const mean = operands((step, graph, g) => graph.add("Mul", [g, graph.floats(1 / step.node.inputs.length, g)]));

const mul = operands((step, graph, g, index) => graph.add("Mul", [g, step.input(1 - index)]));

const div = operands((step, graph, g, index) => {
  const share = graph.add("Div", [g, step.input(1)]);
  return index === 0 ? share : graph.add("Neg", [graph.add("Mul", [share, step.output])]);
});

/** Where several operands are the extreme one, each gets an equal share. */
const extreme = operands((step, graph, g, index) => {
  const masks = step.node.inputs.map((name) => {
    const isExtreme = graph.add("Equal", [name, step.output]);
    return graph.cast(isExtreme, graph.dtypeOf(g) ?? "float32");
  });
  if (masks.length === 1) return g;
  const share = graph.add("Div", [masks[index]!, masks.reduce((a, b) => graph.add("Add", [a, b]))]);
  return graph.add("Mul", [g, share]);
});

const pow: GradientRule = (step) => {
  const { graph, gradient: g, output: y } = step;
  const [x, p] = [step.input(0), step.input(1)];
  const exponent = graph.dataOf(p);
  const toBase = (): string => {
    const power = exponent?.length === 1 ? exponent[0]! : undefined;
    if (power === 0) return graph.add("Mul", [g, graph.floats(0, x)]);
    if (power === 1) return g;
    const scaled = graph.add("Mul", [g, power === undefined ? castLike(graph, p, x) : graph.floats(power, x)]);
    if (power === 2) return graph.add("Mul", [scaled, x]);
    const less = power === undefined ? graph.add("Sub", [p, graph.floats(1, p)]) : graph.floats(power - 1, x);
    return graph.add("Mul", [scaled, graph.add("Pow", [x, less])]);
  };
  return [
    () => undoBroadcast(graph, toBase(), x),
    () => undoBroadcast(graph, graph.add("Mul", [g, graph.add("Mul", [y, graph.add("Log", [x])])]), p),
  ];
};

function castLike(graph: BackwardGraph, value: string, like: string): string {
  return graph.cast(value, graph.dtypeOf(like) ?? "float32");
}

/** x − y ⌊x / y⌋, or towards 0: the whole number of times has no slope. */
const mod = operands((step, graph, g, index) => {
  if (index === 0) return g;
  const [x, y] = [step.input(0), step.input(1)];
  const times = graph.add("Div", [graph.add("Sub", [x, step.output]), y]);
  return graph.add("Neg", [graph.add("Mul", [g, graph.add("Round", [times])])]);
});

const where: GradientRule = (step) => {
  const { graph, gradient: g } = step;
  const condition = step.input(0);
  const nothing = graph.floats(0, g);
  return [
    zero,
    () => undoBroadcast(graph, graph.add("Where", [condition, g, nothing]), step.input(1)),
    () => undoBroadcast(graph, graph.add("Where", [condition, nothing, g]), step.input(2)),
  ];
};

/** Arithmetic on operands that broadcast. */
export const arithmeticRules: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ["Add", add],
  ["Sum", add],
  ["Sub", sub],
  ["Mul", mul],
  ["Div", div],
  ["Mean", mean],
  ["Max", extreme],
  ["Min", extreme],
  ["Pow", pow],
  ["Mod", mod],
  ["Where", where],
]);
