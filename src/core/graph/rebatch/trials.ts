import { Failure } from "../../failure.ts";
import type { Dim, Node, Program } from "../graph.ts";
import { toIntegers } from "../numbers.ts";
import { ShapeInference } from "../shapes/inference.ts";
import type { Shape } from "../shapes/value.ts";
import { dependentValues } from "../taps/wiring.ts";
import { elementCount, type Tensor } from "../tensor.ts";

/** Batch sizes at which a freed program is proven; primes, since few sizes of networks equal them. */
const [small, large] = [7, 11] as const;

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
 * A program at three batch sizes side by side: the file's own, where its nodes stand as they are, and two others, where they
 * stand as they were freed. What differs between the two follows the batch.
 */
export class Trials {
  readonly batch: number;
  readonly #own: ShapeInference;
  readonly #small: ShapeInference;
  readonly #large: ShapeInference;
  readonly #dependent: ReadonlySet<string>;
  /** Of values whose samples share their axis: how many elements of it lie outside the samples. */
  readonly #inside = new Map<string, number>();

  constructor(program: Program, { sampleInput, shapes, batched, batch }: BatchedInputs) {
    this.batch = batch;
    this.#dependent = dependentValues(program.graph, sampleInput);
    this.#own = new ShapeInference(program, shapes);
    // What the file records of inner values holds for its own batch size only.
    const untyped = { ...program.graph, valueTypes: new Map(), outputs: [] };
    const at = (n: number) =>
      new Map([...shapes].map(([name, shape]) => [name, batched.has(name) ? shape.with(0, n) : shape] as const));
    this.#small = new ShapeInference(program, at(small), untyped);
    this.#large = new ShapeInference(program, at(large), untyped);
  }

  /** Infers a node of the file at its own batch size. */
  inferOriginal(node: Node): void {
    this.#own.infer(node);
  }

  /** Infers a freed or added node at the other sizes. */
  inferFreed(node: Node): void {
    this.#small.infer(node);
    this.#large.infer(node);
  }

  /** Makes a new constant known. */
  define(name: string, tensor: Tensor): void {
    const value = { dtype: tensor.dtype, shape: tensor.shape, data: toIntegers(tensor) };
    this.#small.values.set(name, value);
    this.#large.values.set(name, value);
  }

  /** Shape at the file's own batch size. */
  ownShape(name: string): Shape | undefined {
    return this.#own.value(name).shape;
  }

  /** Elements that are the same at both trial sizes. */
  constantData(name: string): readonly number[] | undefined {
    const [a, b] = [this.#small.value(name).data, this.#large.value(name).data];
    return a && b && a.join() === b.join() ? a : undefined;
  }

  /** The first axis whose size follows the batch. */
  sampleAxis(name: string | undefined): number | undefined {
    const [a, b] = [this.#small.value(name ?? "").shape, this.#large.value(name ?? "").shape];
    const axis = a?.findIndex((size, i) => size !== b?.[i]) ?? -1;
    return axis < 0 ? undefined : axis;
  }

  /** How many elements lie outside the samples: what is before them in the order of the elements, for any one of them. */
  outside(name: string): number | undefined {
    const axis = this.sampleAxis(name);
    const shape = this.ownShape(name);
    return axis === undefined || !shape
      ? undefined
      : elementCount(shape.slice(0, axis)) * (this.#inside.get(name) ?? 1);
  }

  /** Notes where in a shared axis the samples are: reshaping keeps the elements' order, other operators keep axes. */
  follow(node: Node): void {
    const source = node.inputs.find((name) => this.sampleAxis(name) !== undefined);
    for (const value of source === undefined ? [] : node.outputs) {
      const axis = this.sampleAxis(value);
      const shape = this.ownShape(value);
      if (axis === undefined || !shape || shape[axis] === this.batch) continue;
      const inside = /^(Reshape|Flatten|Squeeze|Unsqueeze)$/.test(node.op)
        ? this.outside(source!)! / elementCount(shape.slice(0, axis))
        : this.#inside.get(source!);
      if (inside !== undefined && inside > 1) this.#inside.set(value, inside);
    }
  }

  /** A value either has nothing of the batch, or grows with it along each axis where it differs. */
  prove(node: Node): void {
    for (const value of node.outputs) if (this.#dependent.has(value)) this.#proveValue(node, value);
  }

  #proveValue(node: Node, value: string): void {
    const [own, a, b] = [this.#own, this.#small, this.#large].map((inference) => inference.value(value).shape);
    if (!own || !a || !b) return;
    const grows = own.every((size, axis) => {
      const isFixed = a[axis] === size && b[axis] === size;
      return isFixed || (a[axis]! * this.batch === size * small && b[axis]! * this.batch === size * large);
    });
    if (!grows || a.length !== own.length)
      throw fixed(`the sizes of "${value}" (${node.op}) do not grow with the batch`);
    const takesSamples = node.inputs.some((name) => this.#dependent.has(name) && this.sampleAxis(name) !== undefined);
    // Quantising by the range of a whole batch mixes samples too, but only in the rounding.
    if (takesSamples && this.sampleAxis(value) === undefined && node.op !== "DynamicQuantizeLinear") {
      throw fixed(`"${value}" (${node.op}) is made of all samples together or of one alone`);
    }
  }

  /** The shape with `n` for the samples; sizes that hold other things beside them are unknown. */
  freeShape(name: string): readonly Dim[] | undefined {
    const [a, b] = [this.#small.value(name).shape, this.#large.value(name).shape];
    return a?.map((size, axis) => (size === b?.[axis] ? size : size === small ? "n" : undefined));
  }
}

/** The failure of a network whose batch size cannot be freed. */
export function fixed(problem: string): Failure {
  return new Failure("onnx/fixed-batch", `The batch size is built into the network: ${problem}.`);
}
