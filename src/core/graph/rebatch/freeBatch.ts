import { Failure } from "../../failure.ts";
import { type Dim, type Graph, makeNode, type Node, type Program, type ValueType } from "../graph.ts";
import { broadcastingOps } from "../shapes/elementwise.ts";
import { ShapeInference } from "../shapes/inference.ts";
import type { Shape } from "../shapes/value.ts";
import { dependentValues, Wiring } from "../taps/wiring.ts";
import { elementCount, int64Tensor, type Tensor } from "../tensor.ts";
import { hasEqualRows } from "./equalRows.ts";
import { freeTargets } from "./reshapeTarget.ts";

/** Batch sizes at which a freed program is proven; primes, since few sizes of networks equal them. */
const [small, large] = [7, 11] as const;

/** A transformer takes one or two attempts per block; so many nodes may be walked in all. */
const mostAttempts = 128;
const mostNodes = 500_000;

/** Prefix of every value that is added, so that none collides with the network's. */
const prefix = "likeness::batch::";

/** Which inputs follow the batch, along their first axis. */
export interface BatchedInputs {
  readonly sampleInput: string;
  /** Shapes of inputs at the file's own batch size; the others are as they are declared. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Names of the inputs whose first axis is the batch; the sample input is among them. */
  readonly batched: ReadonlySet<string>;
  /** The file's own batch size. */
  readonly batch: number;
}

/**
 * The program with a free batch size: its nodes are walked at the file's own batch size and at two others side by side, and
 * what repeats the old size where the new one is due is rewritten: targets of `Reshape`, `Expand` and `Resize`, and
 * constants that meet samples.
 * @throws Failure `onnx/fixed-batch` where an operator cannot take another batch size, or a value on the way to the first
 *   output mixes or drops samples or does not grow as the batch does; `onnx/shape-mismatch` where the program does not even
 *   take its own batch size.
 */
export function freeBatch(program: Program, inputs: BatchedInputs): Program {
  let choices: readonly number[] = [];
  let firstProblem: unknown;
  const attempts = Math.min(mostAttempts, 1 + Math.floor(mostNodes / program.graph.nodes.length));
  for (let attempt = 0; attempt < attempts; attempt++) {
    const walk = new Walk(program, inputs, choices);
    try {
      for (const node of program.graph.nodes) walk.step(node);
      return { ...program, graph: walk.graph() };
    } catch (problem) {
      firstProblem ??= problem;
      const next = otherChoice(walk.choices);
      if (!next || !(problem instanceof Failure) || problem.code !== "onnx/fixed-batch") break;
      choices = next;
    }
  }
  throw firstProblem;
}

/** A choice among ways to free a node: the one that was taken, and how many there were. */
interface Choice {
  readonly taken: number;
  readonly of: number;
}

/** A contradiction mostly comes of the last choice before it: that one is taken another way, all before it as they were. */
function otherChoice(choices: readonly Choice[]): readonly number[] | undefined {
  const last = choices.findLastIndex(({ taken, of }) => taken + 1 < of);
  return last < 0 ? undefined : choices.slice(0, last + 1).map(({ taken }, i) => (i === last ? taken + 1 : taken));
}

class Walk {
  readonly #source: Graph;
  readonly #inputs: BatchedInputs;
  readonly #dependent: ReadonlySet<string>;
  readonly #behindOutput: ReadonlySet<Node>;
  /** What the walk knows at the file's own batch size, and at the two trial sizes. */
  readonly #own: ShapeInference;
  readonly #small: ShapeInference;
  readonly #large: ShapeInference;
  /** The ways taken so far where there were several. */
  readonly choices: Choice[] = [];
  readonly #planned: readonly number[];
  /** Of values whose samples share their axis: how many elements of it lie outside the samples. */
  readonly #inside = new Map<string, number>();
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<string, Tensor>();

  /** @param planned which way to take at each choice; the first, where it says nothing. */
  constructor(program: Program, inputs: BatchedInputs, planned: readonly number[]) {
    this.#planned = planned;
    this.#source = program.graph;
    this.#inputs = inputs;
    this.#dependent = dependentValues(program.graph, inputs.sampleInput);
    this.#behindOutput = new Wiring(program.graph).nodesBehind(program.graph.outputs[0]?.name ?? "");
    this.#own = new ShapeInference(program, inputs.shapes);
    // What the file records of inner values holds for its own batch size only.
    const untyped = { ...program.graph, valueTypes: new Map(), outputs: [] };
    const at = (n: number) =>
      new Map(
        [...inputs.shapes].map(([name, shape]) => [name, inputs.batched.has(name) ? shape.with(0, n) : shape] as const),
      );
    this.#small = new ShapeInference(program, at(small), untyped);
    this.#large = new ShapeInference(program, at(large), untyped);
  }

  step(node: Node): void {
    this.#own.infer(node);
    try {
      this.#push(this.#freed(node));
    } catch (error) {
      throw error instanceof Failure && error.code === "onnx/shape-mismatch" ? fixed(error.message) : error;
    }
    this.#follow(node);
    if (!this.#behindOutput.has(node)) return;
    for (const value of node.outputs) if (this.#dependent.has(value)) this.#prove(node, value);
  }

  /** The graph of the nodes walked so far, its types as the walk found them. */
  graph(): Graph {
    const { inputs, outputs, initializers, valueTypes } = this.#source;
    const typed = <T extends ValueType>(name: string, type: T): T => ({ ...type, shape: this.#freeShape(name) });
    return {
      ...this.#source,
      nodes: this.#nodes,
      inputs: inputs.map((input) =>
        this.#inputs.batched.has(input.name) ? { ...input, shape: input.shape?.with(0, "n") } : input,
      ),
      outputs: outputs.map((output) => typed(output.name, output)),
      initializers: new Map([...initializers, ...this.#constants]),
      valueTypes: new Map([...valueTypes].map(([name, type]) => [name, typed(name, type)])),
    };
  }

  #push(node: Node): void {
    this.#small.infer(node);
    this.#large.infer(node);
    this.#nodes.push(node);
  }

  #freed(node: Node): Node {
    if (node.domain !== "") return node;
    switch (node.op) {
      case "Reshape":
        return this.#freedReshape(node);
      case "Resize":
        return this.#freedResize(node);
      case "Expand":
        return this.#freedExpand(node);
      case "Concat":
        return this.#stretched(node, node.inputs.keys(), this.#sampleAxisAmong(node.inputs));
      case "LSTM":
      case "GRU":
      case "RNN":
        // The first states: directions × batch × hidden.
        return this.#stretched(node, [5, 6], this.#sampleAxis(node.inputs[0]));
      default:
        return broadcastingOps.has(node.op) ? this.#freedOperands(node) : node;
    }
  }

  #freedReshape(node: Node): Node {
    const [data = "", shape = ""] = node.inputs;
    const to = this.#own.value(node.outputs[0] ?? "").shape;
    const [sampleAxis, outside] = [this.#sampleAxis(data), this.#outside(data)];
    const target = this.#constantData(shape);
    if (!to || !target || sampleAxis === undefined || outside === undefined) return node;
    const allowZero = node.attributes.get("allowzero")?.value === 1;
    const ways = freeTargets({ to, target, sampleAxis, outside, batch: this.#inputs.batch, allowZero });
    const taken = this.#planned[this.choices.length] ?? 0;
    if (ways.length > 1) this.choices.push({ taken, of: ways.length });
    const free = ways[ways.length > 1 ? taken : 0];
    return free && free.join() !== target.join() ? { ...node, inputs: [data, this.#constant(free)] } : node;
  }

  /** Sizes for the axes that change, so that the batch is not among them (`axes`, opset 18). */
  #freedResize(node: Node): Node {
    const [data = "", roi = "", scales = "", target = ""] = node.inputs;
    const [from, sizes] = [this.#own.value(data).shape, this.#constantData(target)];
    const isFull = from !== undefined && sizes?.length === from.length && !node.attributes.has("axes");
    if (!isFull || this.#sampleAxis(data) === undefined) return node;
    const axes = sizes.flatMap((size, axis) => (size === from[axis] ? [] : [axis]));
    if (axes.length === 0) return node;
    return {
      ...node,
      inputs: [data, roi, scales, this.#constant(axes.map((axis) => sizes[axis]!))],
      attributes: new Map(node.attributes).set("axes", { type: "ints", value: axes }),
    };
  }

  /** A target that says the old batch where there are samples already: 1 keeps what is there. */
  #freedExpand(node: Node): Node {
    const [data = "", shape = ""] = node.inputs;
    const target = this.#constantData(shape);
    const rank = this.#own.value(data).shape?.length ?? 0;
    const sampleAxis = this.#sampleAxis(data);
    if (!target || sampleAxis === undefined) return node;
    const axis = sampleAxis + target.length - rank;
    return target[axis] === this.#inputs.batch
      ? { ...node, inputs: [data, this.#constant(target.with(axis, 1))] }
      : node;
  }

  /** Operands that hold one row per sample of the old batch: the first row broadcasts. */
  #freedOperands(node: Node): Node {
    const { batch } = this.#inputs;
    const ranks = node.inputs.map((name) => this.#own.value(name).shape?.length ?? 0);
    const fromEnd = node.inputs
      .map((name, i) => ranks[i]! - (this.#sampleAxis(name) ?? Infinity))
      .find((back) => back > 0);
    if (batch === 1 || fromEnd === undefined) return node;
    const inputs = node.inputs.map((name, i) => {
      const axis = ranks[i]! - fromEnd;
      const repeats = this.#sampleAxis(name) === undefined && this.#own.value(name).shape?.[axis] === batch;
      return repeats ? this.#firstRow(name, axis) : name;
    });
    return { ...node, inputs };
  }

  /** Inputs at the given positions that hold the old batch along an axis, stretched to the new one. */
  #stretched(node: Node, positions: Iterable<number>, axis: number | undefined): Node {
    if (axis === undefined) return node;
    const inputs = [...node.inputs];
    for (const position of positions) {
      const name = inputs[position] ?? "";
      const shape = this.#own.value(name).shape;
      const isOld = shape?.[axis] === this.#inputs.batch && this.#sampleAxis(name) === undefined;
      if (!isOld || (node.op === "Concat" && axis === this.#concatAxis(node, shape.length))) continue;
      const row = this.#inputs.batch === 1 ? name : this.#firstRow(name, axis);
      const one = this.#constant([1]);
      const sizes = shape.map((_, i) => (i === axis ? this.#batchSize() : one));
      const target = this.#add("Concat", sizes, { axis: { type: "int", value: 0 } });
      inputs[position] = this.#add("Expand", [row, target]);
    }
    return { ...node, inputs };
  }

  #concatAxis(node: Node, rank: number): number {
    const axis = node.attributes.get("axis");
    return axis?.type === "int" ? (axis.value + rank) % rank : 0;
  }

  #firstRow(name: string, axis: number): string {
    if (!hasEqualRows(name, axis, this.#source)) {
      throw fixed(`"${name}" holds ${this.#inputs.batch} different rows, one for each sample of the file's batch size`);
    }
    const bounds = [0, 1, axis].map((bound) => this.#constant([bound]));
    return this.#add("Slice", [name, ...bounds]);
  }

  /** The number of samples, as a list of one. */
  #batchSize(): string {
    const attributes = { start: { type: "int", value: 0 }, end: { type: "int", value: 1 } } as const;
    return this.#add("Shape", [this.#inputs.sampleInput], attributes);
  }

  #add(op: string, inputs: readonly string[], attributes: Parameters<typeof makeNode>[3] = {}): string {
    const name = `${prefix}${this.#nodes.length}`;
    this.#push(makeNode(op, inputs, [name], attributes));
    return name;
  }

  #constant(values: readonly number[]): string {
    const name = `${prefix}[${values.join()}]`;
    const tensor = int64Tensor([values.length], values);
    this.#constants.set(name, tensor);
    for (const inference of [this.#small, this.#large]) {
      inference.values.set(name, { dtype: "int64", shape: tensor.shape, data: values });
    }
    return name;
  }

  /** Elements that are the same at both trial sizes. */
  #constantData(name: string): readonly number[] | undefined {
    const [a, b] = [this.#small.value(name).data, this.#large.value(name).data];
    return a && b && a.join() === b.join() ? a : undefined;
  }

  /** The first axis whose size follows the batch. */
  #sampleAxis(name: string | undefined): number | undefined {
    const [a, b] = [this.#small.value(name ?? "").shape, this.#large.value(name ?? "").shape];
    const axis = a?.findIndex((size, i) => size !== b?.[i]) ?? -1;
    return axis < 0 ? undefined : axis;
  }

  /** How many elements lie outside the samples: what is before them in the order of the elements, for any one of them. */
  #outside(name: string): number | undefined {
    const axis = this.#sampleAxis(name);
    const shape = this.#own.value(name).shape;
    return axis === undefined || !shape
      ? undefined
      : elementCount(shape.slice(0, axis)) * (this.#inside.get(name) ?? 1);
  }

  /** Notes where in a shared axis the samples are: reshaping keeps the elements' order, other operators keep axes. */
  #follow(node: Node): void {
    const source = node.inputs.find((name) => this.#sampleAxis(name) !== undefined);
    for (const value of source === undefined ? [] : node.outputs) {
      const axis = this.#sampleAxis(value);
      const shape = this.#own.value(value).shape;
      if (axis === undefined || !shape || shape[axis] === this.#inputs.batch) continue;
      const inside = /^(Reshape|Flatten|Squeeze|Unsqueeze)$/.test(node.op)
        ? this.#outside(source!)! / elementCount(shape.slice(0, axis))
        : this.#inside.get(source!);
      if (inside !== undefined && inside > 1) this.#inside.set(value, inside);
    }
  }

  #sampleAxisAmong(names: readonly string[]): number | undefined {
    return names.map((name) => this.#sampleAxis(name)).find((axis) => axis !== undefined);
  }

  /** A value either has nothing of the batch, or grows with it along each axis where it differs. */
  #prove(node: Node, value: string): void {
    const [own, a, b] = [this.#own, this.#small, this.#large].map((inference) => inference.value(value).shape);
    if (!own || !a || !b) return;
    const { batch } = this.#inputs;
    const grows = own.every((size, axis) => {
      const isFixed = a[axis] === size && b[axis] === size;
      return isFixed || (a[axis]! * batch === size * small && b[axis]! * batch === size * large);
    });
    if (!grows || a.length !== own.length)
      throw fixed(`the sizes of "${value}" (${node.op}) do not grow with the batch`);
    const takesSamples = node.inputs.some((name) => this.#dependent.has(name) && this.#sampleAxis(name) !== undefined);
    // Quantising by the range of a whole batch mixes samples too, but only in the rounding.
    if (takesSamples && this.#sampleAxis(value) === undefined && node.op !== "DynamicQuantizeLinear") {
      throw fixed(`"${value}" (${node.op}) is made of all samples together or of one alone`);
    }
  }

  /** The shape with `n` for the samples; sizes that hold other things beside them are unknown. */
  #freeShape(name: string): readonly Dim[] | undefined {
    const [a, b] = [this.#small.value(name).shape, this.#large.value(name).shape];
    return a?.map((size, axis) => (size === b?.[axis] ? size : size === small ? "n" : undefined));
  }
}

function fixed(problem: string): Failure {
  return new Failure("onnx/fixed-batch", `The batch size is built into the network: ${problem}.`);
}
