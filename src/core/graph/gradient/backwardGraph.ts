import { Failure } from "../../failure.ts";
import { numberOfDtype } from "../../formats/onnx/dtypes.ts";
import { int } from "../attributes.ts";
import { batchAxis } from "../builder.ts";
import { type Attribute, attribute, type Dim, type Node, type Program } from "../graph.ts";
import { ShapeInference, valueOfTensor } from "../shapes/inference.ts";
import type { Call, Shape } from "../shapes/value.ts";
import { type DType, float32Tensor, float64Tensor, int64Tensor, type Tensor } from "../tensor.ts";
import type { GradientProfile } from "./profile.ts";

/** Batch sizes at which shapes are inferred: what changes between them follows the samples. */
const trialBatches = [2, 3] as const;

/** Prefix of every value of the backward graph, so that none collides with the network's. */
const prefix = "gradient::";

/** A size that follows the batch but is no multiple of it. */
export const unnamedSize = "?";

/** Constant factors, one per channel, under a name of their own. */
export interface ChannelFactors {
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * Writes nodes behind those of a program and knows type and shape of every value on the way. The batch may be of any size;
 * every other size is a number, and what depends on sizes alone is a constant.
 */
export class BackwardGraph {
  readonly profile: GradientProfile;
  readonly #program: Program;
  readonly #trials: readonly [ShapeInference, ShapeInference];
  readonly #nodes: Node[] = [];
  /** Nodes by their first outputs: those of this graph, and the program's. */
  readonly #written = new Map<string, Node>();
  readonly #makers: ReadonlyMap<string, Node>;
  readonly #constants = new Map<string, Tensor>();
  /** What values hold that nodes of the program make of constants alone. */
  readonly #held = new Map<string, Tensor>();
  readonly #shared = new Map<string, string>();
  readonly #taken: Set<string>;
  readonly #numbers = new Map<string, number>();
  /** Nodes of the program that give more outputs than they did. */
  readonly #widened = new Map<Node, Node>();
  readonly #scaled = new Map<string, { readonly value: string; readonly factors: ChannelFactors }>();
  #prefix = prefix;

  /**
   * @param shapes of the program's inputs; a symbol is the batch. An input that is left out has the shape it declares.
   */
  constructor(program: Program, shapes: ReadonlyMap<string, readonly Dim[]>, profile: GradientProfile) {
    this.profile = profile;
    this.#program = program;
    const { inputs, nodes, initializers } = program.graph;
    const trial = (batch: number): ShapeInference => {
      const sizes = inputs.map(({ name, shape }): [string, Shape] => {
        const dims = shapes.get(name) ?? shape ?? [];
        return [name, dims.map((dim) => (typeof dim === "number" ? dim : batch))];
      });
      const inference = new ShapeInference(program, new Map(sizes));
      for (const node of nodes) inference.infer(node);
      return inference;
    };
    this.#trials = [trial(trialBatches[0]), trial(trialBatches[1])];
    this.#makers = new Map(nodes.map((node) => [node.outputs[0] ?? "", node]));
    this.#taken = new Set([...inputs.map(({ name }) => name), ...initializers.keys()]);
    for (const node of nodes) {
      for (const name of node.outputs) this.#taken.add(name);
      const held = node.op === "Constant" ? attribute(node, "value", "tensor") : undefined;
      // Exporters write equal parameters once, and the others as their `Identity`.
      const tensor = held ?? (node.op === "Identity" ? this.tensorOf(node.inputs[0] ?? "") : undefined);
      if (tensor && node.outputs[0]) this.#held.set(node.outputs[0], tensor);
    }
  }

  /** The nodes written so far. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** The constants written so far. */
  get constants(): ReadonlyMap<string, Tensor> {
    return this.#constants;
  }

  /** The program's nodes, with those outputs that {@link outputOf} gave them and that are needed. */
  forwardNodes(needed: ReadonlySet<string>): readonly Node[] {
    return this.#program.graph.nodes.map((node) => {
      const widened = this.#widened.get(node);
      return widened?.outputs.some((name) => needed.has(name) && !node.outputs.includes(name)) ? widened : node;
    });
  }

  /** Whether a value of this name exists. */
  has(value: string): boolean {
    return this.#taken.has(value);
  }

  /** Whether a node of this graph makes a value. */
  wrote(value: string): boolean {
    return this.#written.has(value);
  }

  /** The node that makes a value, of the program or of this graph. */
  makerOf(value: string): Node | undefined {
    return this.#written.get(value) ?? this.#makers.get(value);
  }

  /** Runs `write`; nodes that it adds are named after `title`. */
  within<T>(title: string, write: () => T): T {
    this.#prefix = `${prefix}${title}::`;
    try {
      return write();
    } finally {
      this.#prefix = prefix;
    }
  }

  /** Adds a node with one output; the name of its value. */
  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const value = this.fresh(op);
    this.#append({
      name: value,
      op,
      domain: "",
      inputs,
      outputs: [value],
      attributes: new Map(Object.entries(attributes)),
    });
    return value;
  }

  /** Output `index` of a node of the program, which gets it if it did not have it. */
  outputOf(node: Node, index: number): string {
    const now = this.#widened.get(node) ?? node;
    const known = now.outputs[index];
    if (known) return known;
    const name = this.fresh(`output${index}`);
    const outputs = Array.from({ length: Math.max(now.outputs.length, index + 1) }, (_, i) => now.outputs[i] ?? "");
    const widened = { ...now, outputs: outputs.with(index, name) };
    this.#widened.set(node, widened);
    for (const trial of this.#trials) trial.infer(widened);
    return name;
  }

  /** A gradient times a constant that broadcasts to it; {@link unscaled} tells what it is of. */
  scaled(gradient: string, constant: string, factors: ChannelFactors): string {
    const value = this.add("Mul", [gradient, constant]);
    this.#scaled.set(value, { value: gradient, factors });
    return value;
  }

  /**
   * A gradient as a factor per channel times another one, where it was made so: a convolution takes the factors into
   * its weights.
   */
  unscaled(gradient: string): { readonly value: string; readonly factors: ChannelFactors | undefined } {
    return this.#scaled.get(gradient) ?? { value: gradient, factors: undefined };
  }

  /** A name that no value has. */
  fresh(wish: string): string {
    const full = this.#prefix + wish;
    let name = full;
    let number = this.#numbers.get(full) ?? 2;
    while (this.#taken.has(name)) name = `${full}_${number++}`;
    this.#numbers.set(full, number);
    this.#taken.add(name);
    return name;
  }

  /** A constant of int64: a list, or a scalar where a number is given. Equal ones are shared. */
  ints(values: readonly number[] | number): string {
    const list = typeof values === "number" ? [values] : values;
    const shape = typeof values === "number" ? [] : [list.length];
    return this.share(`int64 [${shape}] ${list}`, () => int64Tensor(shape, list));
  }

  /** A floating-point constant of the type of the value `like`; a scalar unless a shape is given. Equal ones are shared. */
  floats(values: number | ArrayLike<number>, like: string, shape: Shape = []): string {
    const list = typeof values === "number" ? [values] : Array.from(values);
    const dtype = this.dtypeOf(like);
    const exact = dtype === "float64";
    const constant = this.share(`${exact ? "float64" : "float32"} [${shape}] ${list}`, () =>
      exact ? float64Tensor(shape, list) : float32Tensor(shape, list),
    );
    return exact || dtype === "float32" || dtype === undefined ? constant : this.cast(constant, dtype);
  }

  /** A list of float32, whatever the type of values: what `Resize` takes. */
  scales(values: readonly number[]): string {
    return this.share(`scales ${values}`, () => float32Tensor([values.length], values));
  }

  /** A constant under a key of its own: made once, however often it is asked for. */
  share(key: string, make: () => Tensor): string {
    let name = this.#shared.get(key);
    if (name === undefined) {
      const outer = this.#prefix;
      this.#prefix = prefix;
      name = this.fresh("constant");
      this.#prefix = outer;
      const tensor = make();
      this.#constants.set(name, tensor);
      for (const trial of this.#trials) trial.values.set(name, valueOfTensor(tensor));
      this.#shared.set(key, name);
    }
    return name;
  }

  /** The value in another element type. */
  cast(value: string, dtype: DType): string {
    return this.dtypeOf(value) === dtype ? value : this.add("Cast", [value], { to: int(numberOfDtype(dtype)) });
  }

  dtypeOf(value: string): DType | undefined {
    return this.#trials[0].value(value).dtype;
  }

  /** Makes a value known that is fed from outside, of the type and shape of another. */
  declare(value: string, like: string): void {
    this.#taken.add(value);
    for (const trial of this.#trials) {
      const { dtype, shape } = trial.value(like);
      trial.values.set(value, { dtype, shape });
    }
  }

  /**
   * Shape of a value: numbers, `"batch"`, a multiple of it such as `"4*batch"`, or `"?"` for a size that follows the batch otherwise.
   * @throws Failure `gradient/unknown-shape` where it depends on data.
   */
  shapeOf(value: string): readonly (number | string)[] {
    const [a, b] = this.#trials.map((trial) => trial.value(value).shape);
    if (!a || !b || a.length !== b.length) {
      throw new Failure("gradient/unknown-shape", `the shape of ${value} cannot be told`);
    }
    return a.map((size, axis) => sizeOf(size, b[axis]!));
  }

  /** The elements of a small value that is the same whatever the batch. */
  dataOf(value: string): readonly number[] | undefined {
    const [a, b] = this.#trials.map((trial) => trial.value(value).data);
    return a?.length === b?.length && a?.every((element, i) => element === b?.[i]) ? a : undefined;
  }

  /** What shape inference sees of a node, once per trial batch. */
  callsOf(node: Node): readonly [Call, Call] {
    const call = (trial: ShapeInference): Call => ({
      node,
      inputs: node.inputs.map((name) => (name === "" ? undefined : trial.value(name))),
    });
    return [call(this.#trials[0]), call(this.#trials[1])];
  }

  /** The tensor of a weight or constant; `undefined` for any other value. */
  tensorOf(value: string): Tensor | undefined {
    return this.#program.graph.initializers.get(value) ?? this.#constants.get(value) ?? this.#held.get(value);
  }

  #append(node: Node): void {
    this.#nodes.push(node);
    this.#written.set(node.outputs[0] ?? "", node);
    for (const trial of this.#trials) trial.infer(node);
  }
}

function sizeOf(a: number, b: number): number | string {
  if (a === b) return a;
  const factor = a / trialBatches[0];
  if (factor * trialBatches[1] !== b) return unnamedSize;
  return factor === 1 ? batchAxis : `${factor}*${batchAxis}`;
}
