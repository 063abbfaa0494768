import type { BackwardGraph } from "../backwardGraph.ts";
import { type GradientRule, zero } from "../rule.ts";
import { timesSign } from "./masks.ts";

/** What writes the gradient of an elementary function from its input, its output and the gradient there. */
type Derivative = (write: Arithmetic, x: string, y: string, g: string) => string;

/** Short names for what derivatives are made of. */
class Arithmetic {
  readonly graph: BackwardGraph;
  readonly #like: string;

  constructor(graph: BackwardGraph, like: string) {
    this.graph = graph;
    this.#like = like;
  }
  number(value: number): string {
    return this.graph.floats(value, this.#like);
  }
  mul(a: string, b: string): string {
    return this.graph.add("Mul", [a, b]);
  }
  div(a: string, b: string): string {
    return this.graph.add("Div", [a, b]);
  }
  times(a: string, factor: number): string {
    return this.mul(a, this.number(factor));
  }
  neg(a: string): string {
    return this.graph.add("Neg", [a]);
  }
  of(op: string, a: string): string {
    return this.graph.add(op, [a]);
  }
  /** a + sign x². */
  plusSquare(a: number, x: string, sign: 1 | -1 = 1): string {
    return this.graph.add(sign === 1 ? "Add" : "Sub", [this.number(a), this.mul(x, x)]);
  }
}

const derivatives: Readonly<Record<string, Derivative>> = {
  Identity: (_, __, ___, g) => g,
  Neg: (w, _, __, g) => w.neg(g),
  Abs: (w, x, _, g) => timesSign(w.graph, g, x),
  Exp: (w, _, y, g) => w.mul(g, y),
  Log: (w, x, _, g) => w.div(g, x),
  Sqrt: (w, _, y, g) => w.div(w.times(g, 0.5), y),
  Reciprocal: (w, _, y, g) => w.neg(w.mul(g, w.mul(y, y))),
  Erf: (w, x, _, g) => w.mul(w.times(g, 2 / Math.sqrt(Math.PI)), w.of("Exp", w.neg(w.mul(x, x)))),
  Sin: (w, x, _, g) => w.mul(g, w.of("Cos", x)),
  Cos: (w, x, _, g) => w.neg(w.mul(g, w.of("Sin", x))),
  Tan: (w, _, y, g) => w.mul(g, w.plusSquare(1, y)),
  Asin: (w, x, _, g) => w.div(g, w.of("Sqrt", w.plusSquare(1, x, -1))),
  Acos: (w, x, _, g) => w.neg(w.div(g, w.of("Sqrt", w.plusSquare(1, x, -1)))),
  Atan: (w, x, _, g) => w.div(g, w.plusSquare(1, x)),
  Sinh: (w, x, _, g) => w.mul(g, w.of("Cosh", x)),
  Cosh: (w, x, _, g) => w.mul(g, w.of("Sinh", x)),
  Asinh: (w, x, _, g) => w.div(g, w.of("Sqrt", w.plusSquare(1, x))),
  Acosh: (w, x, _, g) => w.div(g, w.of("Sqrt", w.plusSquare(-1, x))),
  Atanh: (w, x, _, g) => w.div(g, w.plusSquare(1, x, -1)),
};

/** Functions of each element alone. Those that are constant between jumps pass nothing on. */
export const functionRules: ReadonlyMap<string, GradientRule> = new Map<string, GradientRule>([
  ...Object.entries(derivatives).map(([op, derivative]): [string, GradientRule] => [
    op,
    ({ graph, node, output, gradient }) => {
      const x = node.inputs[0] ?? "";
      return [() => derivative(new Arithmetic(graph, x), x, output, gradient)];
    },
  ]),
  ...["Floor", "Ceil", "Round", "Sign"].map((op): [string, GradientRule] => [op, () => [zero]]),
]);
