import { Failure } from "../../failure.ts";
import { type Graph, makeNode, type Node, type Program, type ValueType } from "../graph.ts";
import { broadcastingOps } from "../shapes/elementwise.ts";
import { Wiring } from "../taps/wiring.ts";
import { int64Tensor, type Tensor } from "../tensor.ts";
import { hasEqualRows } from "./equalRows.ts";
import { freeTargets } from "./reshapeTarget.ts";
import { type BatchedInputs, fixed, Trials } from "./trials.ts";

/** Prefix of every value that is added, so that none collides with the network's. */
const prefix = "likeness::batch::";

/** A choice among ways to free a node: the one that was taken, and how many there were. */
export interface Choice {
  readonly taken: number;
  readonly of: number;
}

/** One way through a program that frees its nodes one after another. */
export class Walk {
  readonly #source: Graph;
  readonly #inputs: BatchedInputs;
  readonly #behindOutput: ReadonlySet<Node>;
  readonly #trials: Trials;
  /** The ways taken so far where there were several. */
  readonly choices: Choice[] = [];
  readonly #planned: readonly number[];
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<string, Tensor>();

  /** @param planned which way to take at each choice; the first, where it says nothing. */
  constructor(program: Program, inputs: BatchedInputs, planned: readonly number[]) {
    this.#planned = planned;
    this.#source = program.graph;
    this.#inputs = inputs;
    this.#behindOutput = new Wiring(program.graph).nodesBehind(program.graph.outputs[0]?.name ?? "");
    this.#trials = new Trials(program, inputs);
  }

  /**
   * Frees the next node.
   * @throws Failure `onnx/fixed-batch`, `onnx/shape-mismatch` as {@link freeBatch}.
   */
  step(node: Node): void {
    this.#trials.inferOriginal(node);
    try {
      this.#push(this.#freed(node));
    } catch (error) {
      throw error instanceof Failure && error.code === "onnx/shape-mismatch" ? fixed(error.message) : error;
    }
    this.#trials.follow(node);
    if (this.#behindOutput.has(node)) this.#trials.prove(node);
  }

  /** The graph of the nodes walked so far, its types as the walk found them. */
  graph(): Graph {
    const { inputs, outputs, initializers, valueTypes } = this.#source;
    const typed = <T extends ValueType>(name: string, type: T): T => ({ ...type, shape: this.#trials.freeShape(name) });
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
    this.#trials.inferFreed(node);
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
        return this.#stretched(node, [5, 6], this.#trials.sampleAxis(node.inputs[0]));
      default:
        return broadcastingOps.has(node.op) ? this.#freedOperands(node) : node;
    }
  }

  #freedReshape(node: Node): Node {
    const [data = "", shape = ""] = node.inputs;
    const to = this.#trials.ownShape(node.outputs[0] ?? "");
    const [sampleAxis, outside] = [this.#trials.sampleAxis(data), this.#trials.outside(data)];
    const target = this.#trials.constantData(shape);
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
    const [from, sizes] = [this.#trials.ownShape(data), this.#trials.constantData(target)];
    const isFull = from !== undefined && sizes?.length === from.length && !node.attributes.has("axes");
    if (!isFull || this.#trials.sampleAxis(data) === undefined) return node;
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
    const target = this.#trials.constantData(shape);
    const rank = this.#trials.ownShape(data)?.length ?? 0;
    const sampleAxis = this.#trials.sampleAxis(data);
    if (!target || sampleAxis === undefined) return node;
    const axis = sampleAxis + target.length - rank;
    return target[axis] === this.#inputs.batch
      ? { ...node, inputs: [data, this.#constant(target.with(axis, 1))] }
      : node;
  }

  /** Operands that hold one row per sample of the old batch: the first row broadcasts. */
  #freedOperands(node: Node): Node {
    const { batch } = this.#inputs;
    const ranks = node.inputs.map((name) => this.#trials.ownShape(name)?.length ?? 0);
    const fromEnd = node.inputs
      .map((name, i) => ranks[i]! - (this.#trials.sampleAxis(name) ?? Infinity))
      .find((back) => back > 0);
    if (batch === 1 || fromEnd === undefined) return node;
    const inputs = node.inputs.map((name, i) => {
      const axis = ranks[i]! - fromEnd;
      const repeats = this.#trials.sampleAxis(name) === undefined && this.#trials.ownShape(name)?.[axis] === batch;
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
      const shape = this.#trials.ownShape(name);
      const isOld = shape?.[axis] === this.#inputs.batch && this.#trials.sampleAxis(name) === undefined;
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
    this.#trials.define(name, tensor);
    return name;
  }

  #sampleAxisAmong(names: readonly string[]): number | undefined {
    return names.map((name) => this.#trials.sampleAxis(name)).find((axis) => axis !== undefined);
  }
}
