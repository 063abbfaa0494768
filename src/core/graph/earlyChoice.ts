import { int } from "./attributes.ts";
import { attribute, type Dim, makeNode, type Node, type Program } from "./graph.ts";
import type { Value } from "./shapes/value.ts";
import { inferShapes } from "./shapes.ts";
import { Wiring } from "./taps/wiring.ts";
import { int64Tensor, type Tensor } from "./tensor.ts";

/** Prefix of every value that is added. */
const prefix = "likeness::chosen::";

const elementwise: ReadonlySet<string> = new Set(
  "Add Cast Div Dropout Elu Erf Exp Gelu HardSigmoid HardSwish Identity LeakyRelu Mul Neg Relu Sigmoid Sqrt Sub Tanh".split(
    " ",
  ),
);

/** One position of an axis: what a `Gather` with a single index takes. */
interface Choice {
  readonly node: Node;
  readonly axis: number;
  readonly index: number;
}

/**
 * The program with the choice of one position of an axis made as early as may be: a transformer whose classifier reads one
 * token works on that token alone from its last attention on, and so does the way back.
 *
 * @param shapes of the inputs; a symbol is the batch.
 * @param kept values that have to stay as they are.
 */
export function withEarlyChoice(
  program: Program,
  shapes: ReadonlyMap<string, readonly Dim[]>,
  kept: ReadonlySet<string>,
): Program {
  // Two samples, so that their axis is not taken for one that is repeated.
  const sizes = [...shapes].map(
    ([name, dims]) => [name, dims.map((dim) => (typeof dim === "number" ? dim : 2))] as const,
  );
  const values = inferShapes(program, new Map(sizes));
  return program.graph.nodes.reduce((result, node) => {
    const choice = choiceOf(node, values);
    return choice ? new Early(result, values, kept, choice).program() : result;
  }, program);
}

function choiceOf(node: Node, values: ReadonlyMap<string, Value>): Choice | undefined {
  const [data = "", index = ""] = node.inputs;
  const rank = values.get(data)?.shape?.length;
  const found = values.get(index)?.data;
  const axis = attribute(node, "axis", "int") ?? 0;
  if (node.op !== "Gather" || node.domain !== "" || rank === undefined || found?.length !== 1) return undefined;
  const own = axis < 0 ? axis + rank : axis;
  // The first axis is that of the samples.
  return own === 0 ? undefined : { node, axis: own, index: found[0]! };
}

class Early {
  readonly #program: Program;
  readonly #values: ReadonlyMap<string, Value>;
  readonly #choice: Choice;
  /** Nodes that need to work on the chosen position alone, each with the inputs that it reads there, and their axes. */
  readonly #early = new Map<Node, ReadonlyMap<string, number>>();
  /** What they read, or the choice itself does, with the axis that is chosen from. */
  readonly #chosen = new Map<string, number>();
  readonly #initializers: Map<string, Tensor>;
  readonly #prefix: string;

  constructor(program: Program, values: ReadonlyMap<string, Value>, kept: ReadonlySet<string>, choice: Choice) {
    this.#program = program;
    this.#values = values;
    this.#choice = choice;
    this.#initializers = new Map(program.graph.initializers);
    this.#prefix = `${prefix}${choice.node.outputs[0]}::`;
    const wiring = new Wiring(program.graph);
    this.#chosen.set(choice.node.inputs[0]!, choice.axis);
    for (const node of program.graph.nodes.toReversed()) {
      const output = node.outputs[0] ?? "";
      const axis = this.#chosen.get(output);
      if (axis === undefined || node.outputs.slice(1).some((name) => wiring.isUsed(name))) continue;
      const readers = wiring.consumers(output);
      const isFree = !kept.has(output) && !wiring.isOutput(output);
      if (!isFree || !readers.every((reader) => reader === choice.node || this.#early.get(reader)?.has(output)))
        continue;
      const inputs = this.#inputsOf(node, axis);
      if (!inputs || [...inputs].some(([name, own]) => (this.#chosen.get(name) ?? own) !== own)) continue;
      this.#early.set(node, inputs);
      for (const [name, own] of inputs) this.#chosen.set(name, own);
    }
  }

  program(): Program {
    if (this.#early.size === 0) return this.#program;
    const { graph } = this.#program;
    const made = new Set<string>();
    const nodes = graph.nodes.flatMap((node) => {
      if (node === this.#choice.node) return [...this.#choices([node.inputs[0]!], made), this.#ending(node)];
      const chosen = this.#early.get(node);
      if (!chosen) return [node];
      const before = this.#choices(chosen.keys(), made);
      const inputs = node.inputs.map((name) => (chosen.has(name) ? this.#prefix + name : name));
      const output = node.outputs[0]!;
      made.add(output);
      return [...before, { ...node, inputs, outputs: [this.#prefix + output] }];
    });
    return { ...this.#program, graph: { ...graph, nodes, initializers: this.#initializers } };
  }

  /** The inputs of which a node needs the chosen position alone, with their axes; `undefined` where it needs more. */
  #inputsOf(node: Node, axis: number): ReadonlyMap<string, number> | undefined {
    const [x = "", other = ""] = node.inputs;
    const rank = this.#shape(node.outputs[0] ?? "")?.length;
    if (node.domain !== "" || rank === undefined) return undefined;
    if (elementwise.has(node.op)) return this.#operands(node, axis, rank);
    if (node.op === "LayerNormalization") {
      const first = attribute(node, "axis", "int") ?? -1;
      return axis < (first < 0 ? first + rank : first) ? new Map([[x, axis]]) : undefined;
    }
    if (node.op === "MatMul") {
      const isRow = axis < rank - 1 && this.#shape(x)?.length === rank && this.#shape(other)?.length === 2;
      return isRow ? new Map([[x, axis]]) : undefined;
    }
    const order = node.op === "Transpose" ? attribute(node, "perm", "ints") : undefined;
    return order && new Map([[x, order[axis]!]]);
  }

  /** Operands that broadcast: those that are repeated along the axis are whole. */
  #operands(node: Node, axis: number, rank: number): ReadonlyMap<string, number> | undefined {
    const inputs = new Map<string, number>();
    for (const name of node.inputs) {
      const shape = this.#shape(name);
      if (!shape) return undefined;
      const own = axis - (rank - shape.length);
      if (own >= 0 && shape[own] !== 1) inputs.set(name, own);
    }
    return inputs;
  }

  /** Chooses from values that are made in full. */
  #choices(names: Iterable<string>, made: Set<string>): readonly Node[] {
    const index = `${prefix}index ${this.#choice.index}`;
    this.#initializers.set(index, int64Tensor([1], [this.#choice.index]));
    return [...names].flatMap((name) => {
      if (made.has(name)) return [];
      made.add(name);
      return [makeNode("Gather", [name, index], [this.#prefix + name], { axis: int(this.#chosen.get(name) ?? 0) })];
    });
  }

  /** The value that the choice gave, in its shape. */
  #ending({ inputs, outputs }: Node): Node {
    const [data, index = ""] = [this.#prefix + inputs[0]!, inputs[1]];
    if (this.#shape(index)?.length === 1) return makeNode("Identity", [data], outputs);
    const axes = `${prefix}axis ${this.#choice.axis}`;
    this.#initializers.set(axes, int64Tensor([1], [this.#choice.axis]));
    return makeNode("Squeeze", [data, axes], outputs);
  }

  #shape(name: string): readonly number[] | undefined {
    return this.#values.get(name)?.shape;
  }
}
