import { Failure } from "../failure.ts";
import {
  type Attribute,
  type Dim,
  makeProgram,
  type Node,
  type Program,
  type ValueInfo,
  type ValueType,
} from "./graph.ts";
import { ShapeInference, valueOfTensor } from "./shapes/inference.ts";
import { type DType, float32Tensor, int64Tensor, type Tensor } from "./tensor.ts";
import { asFloat32 } from "./tensorViews.ts";

/** Batch sizes at which shapes are inferred: what changes between them belongs to the samples. */
const trialBatches = [2, 3] as const;

/** The symbol of the samples' axis. */
export const batchAxis = "batch";

/** Key of a node's note that names the module it belongs to. */
export const moduleNote = "likeness.module";

/**
 * Writes a program down, one operator after another, and knows the shape of every value on the way. At the internal
 * operator set; values are float32 unless said otherwise.
 */
export class GraphBuilder {
  readonly #inputs: ValueInfo[] = [];
  /** What stands for each input's symbols while shapes are inferred. */
  readonly #sizes: Readonly<Record<string, number>>[] = [];
  readonly #outputs: string[] = [];
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, Tensor>();
  readonly #shared = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** The number that the next value of a name would get. */
  readonly #numbers = new Map<string, number>();
  #module = "";
  #trials: readonly ShapeInference[] | undefined;
  /** Nodes that the trials have seen. */
  #inferred = 0;

  /**
   * An input. Sizes that are symbols must be {@link batchAxis}, except where `sizes` gives what stands for them while shapes
   * are inferred.
   */
  input(name: string, dtype: DType, shape: readonly Dim[], sizes: Readonly<Record<string, number>> = {}): string {
    this.#inputs.push({ name: this.#fresh(name), dtype, shape });
    this.#sizes.push(sizes);
    this.#trials = undefined;
    return name;
  }
  /** A trained parameter under its own name; narrow floating-point types are widened to float32. Adding it again is no matter. */
  weight(name: string, tensor: Tensor): string {
    if (!this.#initializers.has(name)) {
      this.#taken.add(name);
      this.#addInitializer(name, asFloat32(tensor));
    }
    return name;
  }

  /** A constant of int64: a list, or a scalar where a number is given. Equal ones are shared. */
  ints(values: readonly number[] | number): string {
    const list = typeof values === "number" ? [values] : values;
    const shape = typeof values === "number" ? [] : [list.length];
    return this.#share(`int64 [${shape}] ${list}`, () => int64Tensor(shape, list));
  }

  /** A constant of float32: a list, or a scalar where a number is given. Equal ones are shared. */
  floats(values: readonly number[] | number): string {
    const list = typeof values === "number" ? [values] : values;
    const shape = typeof values === "number" ? [] : [list.length];
    return this.#share(`float32 [${shape}] ${list}`, () => float32Tensor(shape, list));
  }

  /** A constant that is no parameter: a mask, a table. */
  constant(tensor: Tensor, wish = "constant"): string {
    const name = this.#fresh(wish);
    this.#addInitializer(name, tensor);
    return name;
  }

  /**
   * Runs `build` within a module: nodes that it adds belong to `path`, which is joined to that of the module around it.
   * Taps are named by it.
   */
  within<T>(path: string, build: () => T): T {
    const outer = this.#module;
    this.#module = outer === "" || path === "" ? outer + path : `${outer}.${path}`;
    try {
      return build();
    } finally {
      this.#module = outer;
    }
  }

  /** As {@link within}, with the whole path of the module. */
  inModule<T>(path: string, build: () => T): T {
    const outer = this.#module;
    this.#module = path;
    try {
      return build();
    } finally {
      this.#module = outer;
    }
  }

  /** Path of the module that nodes are added to; `""` is the network itself. */
  get module(): string {
    return this.#module;
  }

  /** Adds a node with one output; the name of its value. */
  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.addAll(op, inputs, attributes, 1)[0]!;
  }

  /** Adds a node with several outputs; the names of its values. */
  addAll(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
  ): readonly string[] {
    const name = this.#fresh(this.#module === "" ? op : `${this.#module}.${op}`);
    const values = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : this.#fresh(`${name}:${i}`)));
    const last = inputs.findLastIndex((input) => input !== "");
    this.#nodes.push({
      name,
      op,
      domain: "",
      inputs: inputs.slice(0, last + 1),
      outputs: values,
      attributes: new Map(Object.entries(attributes)),
      metadata: new Map([[moduleNote, this.#module]]),
    });
    return values;
  }

  /** Makes a value an output of the network; the first is its answer. */
  output(value: string): void {
    this.#outputs.push(value);
  }

  /**
   * Type and shape of a value: numbers, `"batch"` or a multiple of it such as `"4*batch"`; `undefined` for a size that depends
   * on the samples otherwise.
   * @throws Failure `onnx/shape-mismatch` where an operator cannot take what it was given.
   */
  typeOf(value: string): ValueType {
    const [a, b] = this.#infer().map((trial) => trial.value(value));
    const shape = a?.shape?.map((size, axis) => sizeOf(size, b?.shape?.[axis]));
    return { dtype: a?.dtype, shape };
  }

  /** Shape of a value. @throws Failure `graph/unknown-shape` where it cannot be told. */
  shapeOf(value: string): readonly Dim[] {
    const { shape } = this.typeOf(value);
    if (shape) return shape;
    throw new Failure("graph/unknown-shape", `The shape of ${value} cannot be told.`);
  }

  /** The tensor of a constant or a weight; `undefined` for any other value. */
  tensorOf(value: string): Tensor | undefined {
    return this.#initializers.get(value);
  }

  /**
   * The elements of a value that follows from shapes and small constants alone, such as the target of a reshape;
   * `undefined` where they are not known or depend on how many samples there are.
   */
  dataOf(value: string): readonly number[] | undefined {
    const [a, b] = this.#infer().map((trial) => trial.value(value).data);
    return a?.length === b?.length && a?.every((element, i) => element === b?.[i]) ? a : undefined;
  }

  /** The program. @param name of the graph. */
  build(name: string): Program {
    return makeProgram({
      name,
      inputs: this.#inputs,
      outputs: this.#outputs.map((output) => ({ name: output, ...this.typeOf(output) })),
      nodes: this.#nodes,
      initializers: this.#initializers,
    });
  }

  #infer(): readonly ShapeInference[] {
    if (!this.#trials) {
      const graph = { name: "", inputs: this.#inputs, outputs: [], nodes: [], initializers: this.#initializers };
      this.#trials = trialBatches.map(
        (batch) =>
          new ShapeInference(makeProgram(graph), new Map(this.#inputs.map((input, i) => this.#trial(input, i, batch)))),
      );
      this.#inferred = 0;
    }
    for (; this.#inferred < this.#nodes.length; this.#inferred++) {
      for (const trial of this.#trials) trial.infer(this.#nodes[this.#inferred]!);
    }
    return this.#trials;
  }

  #trial({ name, shape }: ValueInfo, index: number, batch: number): [string, number[]] {
    const sizes: Readonly<Record<string, number>> = { [batchAxis]: batch, ...this.#sizes[index] };
    return [name, (shape ?? []).map((size) => (typeof size === "number" ? size : (sizes[size ?? ""] ?? 1)))];
  }

  #addInitializer(name: string, tensor: Tensor): void {
    this.#initializers.set(name, tensor);
    for (const trial of this.#trials ?? []) trial.values.set(name, valueOfTensor(tensor));
  }

  #share(key: string, make: () => Tensor): string {
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = this.constant(make());
      this.#shared.set(key, name);
    }
    return name;
  }

  #fresh(wish: string): string {
    let name = wish;
    let number = this.#numbers.get(wish) ?? 2;
    while (this.#taken.has(name)) name = `${wish}_${number++}`;
    this.#numbers.set(wish, number);
    this.#taken.add(name);
    return name;
  }
}

function sizeOf(a: number | undefined, b: number | undefined): Dim {
  if (a === undefined || b === undefined || a === b) return a === b ? a : undefined;
  const factor = a / trialBatches[0];
  if (factor * trialBatches[1] !== b) return undefined;
  return factor === 1 ? batchAxis : `${factor}*${batchAxis}`;
}
