import { float } from "../../attributes.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { undoBroadcast } from "../shaping.ts";
import type { Step } from "../step.ts";
import { isPositive, timesPositive } from "./masks.ts";

/** Activations of one input: the gradient is that at the output times the derivative. */
function activation(
  write: (step: Step, graph: BackwardGraph, x: string, y: string, g: string) => string,
): GradientRule {
  return (step) => [() => write(step, step.graph, step.input(0), step.output, step.gradient)];
}

/** One value where x > 0, another elsewhere: PyTorch's choice at the kink. */
function piecewise(graph: BackwardGraph, x: string, positive: string, otherwise: string): string {
  return graph.add("Where", [isPositive(graph, x), positive, otherwise]);
}

const leakyRelu = activation((step, graph, x, _, g) => {
  const slope = graph.floats(step.float("alpha", 0.01), x);
  return piecewise(graph, x, g, graph.add("Mul", [g, slope]));
});

const prelu: GradientRule = (step) => {
  const { graph, gradient: g } = step;
  const [x, slope] = [step.input(0), step.input(1)];
  return [
    () => piecewise(graph, x, g, graph.add("Mul", [g, slope])),
    () => undoBroadcast(graph, piecewise(graph, x, graph.floats(0, x), graph.add("Mul", [g, x])), slope),
  ];
};

/** y = α(eˣ − 1) below 0, so that its derivative is y + α. */
const elu = activation((step, graph, x, y, g) => {
  const derivative = graph.add("Add", [y, graph.floats(step.float("alpha", 1), x)]);
  return piecewise(graph, x, g, graph.add("Mul", [g, derivative]));
});

const celu = activation((step, graph, x, y, g) => {
  const scaled = graph.add("Div", [y, graph.floats(step.float("alpha", 1), x)]);
  const derivative = graph.add("Add", [scaled, graph.floats(1, x)]);
  return piecewise(graph, x, g, graph.add("Mul", [g, derivative]));
});

const selu = activation((step, graph, x, y, g) => {
  const gamma = step.float("gamma", 1.0507009873554805);
  const alpha = step.float("alpha", 1.6732632423543772);
  const derivative = graph.add("Add", [y, graph.floats(alpha * gamma, x)]);
  return piecewise(graph, x, graph.add("Mul", [g, graph.floats(gamma, x)]), graph.add("Mul", [g, derivative]));
});

/** x Φ(x), or its approximation by a hyperbolic tangent. */
const gelu = activation((step, graph, x, _, g) => {
  const [mul, add] = binary(graph);
  const number = (value: number) => graph.floats(value, x);
  if (step.text("approximate", "none") === "tanh") return mul(g, geluTanhDerivative(graph, x));
  const erf = graph.add("Erf", [mul(x, number(Math.SQRT1_2))]);
  // ½ erf + ½ lies between 0 and 1, and a hard sigmoid takes it in one pass.
  const half = { alpha: float(0.5), beta: float(0.5) };
  const isSingle = graph.dtypeOf(x) === "float32";
  const phi = isSingle ? graph.add("HardSigmoid", [erf], half) : add(mul(erf, number(0.5)), number(0.5));
  const density = mul(graph.add("Exp", [mul(mul(x, x), number(-0.5))]), number(1 / Math.sqrt(2 * Math.PI)));
  return mul(g, add(phi, mul(x, density)));
});

/** y = x (1 + t) / 2, t = tanh(√(2/π) (x + c x³)). */
function geluTanhDerivative(graph: BackwardGraph, x: string): string {
  const [mul, add] = binary(graph);
  const number = (value: number) => graph.floats(value, x);
  const scale = Math.sqrt(2 / Math.PI);
  const square = mul(x, x);
  const inner = mul(x, add(mul(square, number(0.044715 * scale)), number(scale)));
  const t = graph.add("Tanh", [inner]);
  const slope = add(mul(square, number(3 * 0.044715 * scale)), number(scale));
  const steep = graph.add("Sub", [number(1), mul(t, t)]);
  return mul(number(0.5), add(add(number(1), t), mul(x, mul(steep, slope))));
}

const sigmoid = activation((_, graph, __, y, g) => {
  return graph.add("Mul", [g, graph.add("Mul", [y, graph.add("Sub", [graph.floats(1, y), y])])]);
});

const tanh = activation((_, graph, __, y, g) => {
  return graph.add("Mul", [g, graph.add("Sub", [graph.floats(1, y), graph.add("Mul", [y, y])])]);
});

/** Its slope α where the result is neither 0 nor 1. */
const hardSigmoid = activation((step, graph, _, y, g) => {
  const isInside = graph.add("And", [
    graph.add("Greater", [y, graph.floats(0, y)]),
    graph.add("Less", [y, graph.floats(1, y)]),
  ]);
  const inner = graph.add("Mul", [g, graph.floats(step.float("alpha", 0.2), y)]);
  return graph.add("Where", [isInside, inner, graph.floats(0, y)]);
});

/** 0 below −3, x/3 + ½ up to 3, 1 above. */
const hardSwish = activation((_, graph, x, __, g) => {
  const number = (value: number) => graph.floats(value, x);
  const slope = graph.add("Add", [graph.add("Mul", [x, number(1 / 3)]), number(0.5)]);
  const upTo3 = graph.add("Where", [graph.add("LessOrEqual", [x, number(3)]), graph.add("Mul", [g, slope]), g]);
  return graph.add("Where", [graph.add("Less", [x, number(-3)]), number(0), upTo3]);
});

/** x t, t = tanh(softplus x): t + x σ(x) (1 − t²). */
const mish = activation((_, graph, x, __, g) => {
  const [mul, add] = binary(graph);
  const t = graph.add("Tanh", [graph.add("Softplus", [x])]);
  const steep = graph.add("Sub", [graph.floats(1, x), mul(t, t)]);
  return mul(g, add(t, mul(mul(x, graph.add("Sigmoid", [x])), steep)));
});

/** x σ(αx). */
const swish = activation((step, graph, x, _, g) => {
  const [mul, add] = binary(graph);
  const one = graph.floats(1, x);
  const scaled = mul(x, graph.floats(step.float("alpha", step.node.op === "QuickGelu" ? 1.702 : 1), x));
  const s = graph.add("Sigmoid", [scaled]);
  return mul(g, mul(s, add(one, mul(scaled, graph.add("Sub", [one, s])))));
});

const softplus = activation((_, graph, x, __, g) => graph.add("Mul", [g, graph.add("Sigmoid", [x])]));

const softsign = activation((_, graph, x, __, g) => {
  const below = graph.add("Add", [graph.add("Abs", [x]), graph.floats(1, x)]);
  return graph.add("Div", [g, graph.add("Mul", [below, below])]);
});

const thresholdedRelu = activation((step, graph, x, _, g) => {
  const isAbove = graph.add("Greater", [x, graph.floats(step.float("alpha", 1), x)]);
  return graph.add("Where", [isAbove, g, graph.floats(0, x)]);
});

const shrink = activation((step, graph, x, _, g) => {
  const isOutside = graph.add("Greater", [graph.add("Abs", [x]), graph.floats(step.float("lambd", 0.5), x)]);
  return graph.add("Where", [isOutside, g, graph.floats(0, x)]);
});

/** Limits are inside, as PyTorch's `clamp` has it. */
const clip: GradientRule = (step) => [
  () => {
    const { graph, gradient: g } = step;
    const x = step.input(0);
    const [least, most] = [step.optional(1), step.optional(2)];
    const checks = [
      ...(least === undefined ? [] : [graph.add("GreaterOrEqual", [x, least])]),
      ...(most === undefined ? [] : [graph.add("LessOrEqual", [x, most])]),
    ];
    if (checks.length === 0) return g;
    const isInside = checks.reduce((a, b) => graph.add("And", [a, b]));
    return graph.add("Where", [isInside, g, graph.floats(0, x)]);
  },
];

function binary(graph: BackwardGraph) {
  return (["Mul", "Add"] as const).map((op) => (a: string, b: string) => graph.add(op, [a, b])) as [
    (a: string, b: string) => string,
    (a: string, b: string) => string,
  ];
}

/** Functions that networks put behind their layers. */
export const activationRules: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ["Relu", activation((_, graph, __, y, g) => timesPositive(graph, g, y))],
  ["LeakyRelu", leakyRelu],
  ["PRelu", prelu],
  ["Elu", elu],
  ["Celu", celu],
  ["Selu", selu],
  ["Gelu", gelu],
  ["Sigmoid", sigmoid],
  ["Tanh", tanh],
  ["HardSigmoid", hardSigmoid],
  ["HardSwish", hardSwish],
  ["Mish", mish],
  ["Swish", swish],
  ["QuickGelu", swish],
  ["Softplus", softplus],
  ["Softsign", softsign],
  ["ThresholdedRelu", thresholdedRelu],
  ["Shrink", shrink],
  ["Clip", clip],
]);
