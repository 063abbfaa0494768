import { Failure } from "../../failure.ts";
import { type AttributeValues, attribute, type Node } from "../graph.ts";
import type { BackwardGraph } from "./backwardGraph.ts";

/** One node on the way back: what its rule sees. */
export class Step {
  readonly node: Node;
  readonly graph: BackwardGraph;
  /** Gradients at the node's outputs; `undefined` where none arrives. */
  readonly gradients: readonly (string | undefined)[];
  readonly #needs: ReadonlySet<string>;

  /** @param needs values whose gradients are asked for, directly or by nodes before this one. */
  constructor(
    node: Node,
    graph: BackwardGraph,
    gradients: readonly (string | undefined)[],
    needs: ReadonlySet<string>,
  ) {
    this.node = node;
    this.graph = graph;
    this.gradients = gradients;
    this.#needs = needs;
  }

  /** Name of a mandatory input. */
  input(index: number): string {
    const name = this.node.inputs[index];
    return name ? name : this.refuse(`without input ${index}`);
  }

  /** Name of an optional input; `undefined` where it is omitted. */
  optional(index: number): string | undefined {
    return this.node.inputs[index] || undefined;
  }

  /** Name of the first output. */
  get output(): string {
    return this.node.outputs[0] ?? "";
  }

  /** Gradient at the first output, the only one that may have any. */
  get gradient(): string {
    const [first, ...others] = this.gradients;
    if (first === undefined || others.some((other) => other !== undefined)) {
      return this.refuse("through an output other than its first");
    }
    return first;
  }

  /** Whether the gradient with respect to an input is asked for. */
  needs(index: number): boolean {
    return this.#needs.has(this.node.inputs[index] ?? "");
  }

  int(name: string, otherwise: number): number {
    return attribute(this.node, name, "int") ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return attribute(this.node, name, "ints");
  }

  float(name: string, otherwise: number): number {
    return attribute(this.node, name, "float") ?? otherwise;
  }

  text(name: string, otherwise: AttributeValues["string"]): string {
    return attribute(this.node, name, "string") ?? otherwise;
  }

  /** Shape of an input. */
  shape(index: number): readonly (number | string)[] {
    return this.graph.shapeOf(this.input(index));
  }

  /** An axis that an attribute names, counted from the front. */
  axis(name: string, otherwise: number, rank: number): number {
    const axis = this.int(name, otherwise);
    return axis < 0 ? axis + rank : axis;
  }

  /** Elements of an input that must be a constant; `undefined` where it is omitted. */
  constantInput(index: number): readonly number[] | undefined {
    const name = this.optional(index);
    if (name === undefined) return undefined;
    return this.graph.dataOf(name) ?? this.refuse(`with input ${index} computed from data`);
  }

  /** A size that must be a number. */
  sizeOf(size: number | string | undefined): number {
    return typeof size === "number" ? size : this.refuse("along the samples");
  }

  /** Says that there is no gradient for this form of the operator: `refuse("in training mode")`. */
  refuse(form: string): never {
    throw new Failure("gradient/unsupported-op", form);
  }
}
