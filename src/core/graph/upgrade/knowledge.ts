import { attribute, type Graph, type Node } from "../graph.ts";
import { toIntegers } from "../numbers.ts";
import type { Tensor } from "../tensor.ts";

/** Facts of the whole program that rewrites ask for. */
export interface ProgramFacts {
  /** No tensor of the program is of another floating-point type than float32. */
  readonly onlyFloat32: boolean;
  /** Values that some node or output uses. */
  readonly used: ReadonlySet<string>;
}

/** What is known of a graph's values without running it: constants, and ranks as far as simple rules carry. */
export class Knowledge {
  readonly facts: ProgramFacts;
  readonly #around: Knowledge | undefined;
  readonly #constants = new Map<string, Tensor>();
  readonly #ranks = new Map<string, number>();

  constructor(facts: ProgramFacts, graph?: Graph, around?: Knowledge) {
    this.facts = facts;
    this.#around = around;
    if (graph === undefined) return;
    for (const [name, { shape }] of graph.valueTypes) if (shape) this.#ranks.set(name, shape.length);
    for (const { name, shape } of [...graph.inputs, ...graph.outputs]) if (shape) this.#ranks.set(name, shape.length);
    for (const [name, tensor] of graph.initializers) {
      this.#constants.set(name, tensor);
      this.#ranks.set(name, tensor.shape.length);
    }
  }

  get onlyFloat32(): boolean {
    return this.facts.onlyFloat32;
  }

  /** The tensor that a value always is, or `undefined`. */
  constant(value: string): Tensor | undefined {
    return this.#constants.get(value) ?? this.#around?.constant(value);
  }

  /** Number of axes of a value, or `undefined` where it is not known. */
  rank(value: string): number | undefined {
    return this.#ranks.get(value) ?? this.#around?.rank(value);
  }

  isUsed(value: string): boolean {
    return this.facts.used.has(value);
  }

  /** Takes note of what an original node makes; nodes come in order. */
  learn(node: Node): void {
    const [output] = node.outputs;
    if (output === undefined || node.domain !== "") return;
    const tensor = node.op === "Constant" ? attribute(node, "value", "tensor") : undefined;
    if (tensor !== undefined) this.#constants.set(output, tensor);
    const rank = this.#rankOf(node);
    if (rank !== undefined && !this.#ranks.has(output)) this.#ranks.set(output, rank);
  }

  #rankOf(node: Node): number | undefined {
    const first = this.rank(node.inputs[0] ?? "");
    if (keepsRank.has(node.op)) return first;
    if (broadcasts.has(node.op)) {
      const second = this.rank(node.inputs[1] ?? "");
      return first === undefined || second === undefined ? undefined : Math.max(first, second);
    }
    switch (node.op) {
      case "Constant":
        return attribute(node, "value", "tensor")?.shape.length;
      case "Flatten":
      case "Gemm":
        return 2;
      case "Reshape": {
        const shape = this.constant(node.inputs[1] ?? "");
        return attribute(node, "shape", "ints")?.length ?? (shape && toIntegers(shape).length);
      }
      default:
        return undefined;
    }
  }
}

/** Operators whose first output has as many axes as their first input. */
const keepsRank = new Set(
  `Abs AveragePool BatchNormalization Cast Ceil Clip Concat Conv ConvTranspose Dropout Elu Exp Floor GlobalAveragePool
  GlobalLpPool GlobalMaxPool Hardmax HardSigmoid Identity InstanceNormalization LRN LeakyRelu Log LogSoftmax LpPool
  MaxPool Neg PRelu Pad Reciprocal Relu Resize Selu Sigmoid Slice Softmax Softplus Softsign Split Sqrt Tanh Transpose
  Upsample`.split(/\s+/),
);

const broadcasts = new Set(["Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"]);
