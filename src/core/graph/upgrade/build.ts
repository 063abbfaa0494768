import { type Attribute, makeNode, type Node } from "../graph.ts";
import { elementCount, float32Tensor, int64Tensor, type Tensor } from "../tensor.ts";
import type { Knowledge } from "./knowledge.ts";

/**
 * Rewrites one node of an older operator set as the newest form: what stands before the node is added to the
 * {@link Build}, and the node that makes the original's outputs is returned.
 * @param from the operator set that the node was written for.
 * @throws Failure `onnx/unsupported-op` where the newest operator set cannot say the same.
 */
export type Upgrade = (node: Node, from: number, build: Build) => Node;

/** The largest int64, "to the end"; the last bits of it do not fit a number. */
const int64Maximum = 2 ** 63 - 1024;

/** What a rewritten graph gains: nodes in front of the one at hand, and constants. */
export class Build {
  readonly knowledge: Knowledge;
  /** Constants added so far, by value name. */
  readonly constants = new Map<string, Tensor>();
  readonly #names: Names;
  readonly #shared = new Map<string, string>();
  #nodes: Node[] = [];
  #current: Node = makeNode("", [], []);

  constructor(knowledge: Knowledge, names: Names) {
    this.knowledge = knowledge;
    this.#names = names;
  }

  /** Runs a rewrite; the nodes that stand for the given one, in order. */
  rewrite(node: Node, from: number, upgrade: Upgrade): readonly Node[] {
    this.#nodes = [];
    this.#current = node;
    const last = upgrade(node, from, this);
    return [...this.#nodes, last];
  }

  /** Adds a node in front of the one at hand; the name of its value. */
  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const value = this.#fresh(op);
    this.#nodes.push(makeNode(op, inputs, [value], attributes, this.#current.name && value));
    return value;
  }

  /**
   * For a node whose work is finished by another: adds it, under its own name, in front of `behind`, which takes its place
   * and its outputs under a new one.
   */
  before(node: Node, behind: (value: string) => Pick<Node, "op" | "inputs" | "attributes">): Node {
    const value = this.#fresh(node.op);
    this.#nodes.push({ ...node, outputs: [value] });
    const last = behind(value);
    const { name, outputs } = this.#current;
    return { domain: "", ...last, name: name && this.#fresh(last.op), outputs };
  }

  /** A constant of int64: a list, or a scalar where a number is given. */
  ints(values: readonly number[] | number): string {
    const list = typeof values === "number" ? [values] : values;
    const clamped = list.map((value) => Math.max(-int64Maximum, Math.min(int64Maximum, value)));
    const shape = typeof values === "number" ? [] : [list.length];
    return this.#share(`int64 ${shape} ${clamped}`, int64Tensor(shape, clamped));
  }

  /** A constant list of float32. */
  floats(values: readonly number[]): string {
    return this.#share(`float32 ${values}`, float32Tensor([values.length], values));
  }

  /** A constant. */
  tensor(tensor: Tensor): string {
    const name = this.#names.fresh(`constant/${this.constants.size}`);
    this.constants.set(name, tensor);
    return name;
  }

  /** A constant scalar of the floating-point type that `like` has. */
  scalar(value: number, like: string): string {
    const constant = this.#share(`float32 scalar ${value}`, float32Tensor([], [value]));
    return this.knowledge.onlyFloat32 ? constant : this.add("CastLike", [constant, like]);
  }

  /** A constant list of ones as long as the value `count` says (int64, shape [1]). */
  ones(count: string): string {
    return this.add("ConstantOfShape", [count], { value: { type: "tensor", value: int64Tensor([1], [1]) } });
  }

  /** The value with `count` axes of size 1 behind its own. */
  withTrailingOnes(value: string, count: number): string {
    const constant = this.knowledge.constant(value);
    if (constant !== undefined) {
      const shape = [...constant.shape, ...new Array<number>(count).fill(1)];
      return this.#share(`${value} as [${shape}]`, { ...constant, shape });
    }
    const shape = this.add("Concat", [this.add("Shape", [value]), this.ints(new Array<number>(count).fill(1))], {
      axis: { type: "int", value: 0 },
    });
    return this.add("Reshape", [value, shape]);
  }

  /** Number of elements of a constant, or `undefined` where the value is none. */
  constantCount(value: string): number | undefined {
    const constant = this.knowledge.constant(value);
    return constant && elementCount(constant.shape);
  }

  /** A name that no value and no node has. */
  #fresh(op: string): string {
    const { outputs } = this.#current;
    return this.#names.fresh(`${outputs.find((output) => output !== "") ?? ""}/${op}`);
  }

  /** One constant per content: a thousand nodes that name the same axes share them. */
  #share(key: string, tensor: Tensor): string {
    let name = this.#shared.get(key);
    if (name === undefined) {
      name = this.tensor(tensor);
      this.#shared.set(key, name);
    }
    return name;
  }
}

/** The names of a program's values and nodes, to find new ones. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Set<string>) {
    this.#taken = taken;
  }

  /** A name that nothing has; the wish where it is free. */
  fresh(wish: string): string {
    let name = wish;
    for (let i = 2; this.#taken.has(name); i++) name = `${wish}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

/** The node with other attributes: some set, some (given as `undefined`) taken away. */
export function withAttributes(node: Node, changes: Readonly<Record<string, Attribute | undefined>>): Node {
  const attributes = new Map(node.attributes);
  for (const [name, attribute] of Object.entries(changes)) {
    if (attribute === undefined) attributes.delete(name);
    else attributes.set(name, attribute);
  }
  return { ...node, attributes };
}

/** The node with other inputs; omitted ones at the end are left away. */
export function withInputs(node: Node, inputs: readonly string[]): Node {
  return { ...node, inputs: inputs.slice(0, inputs.findLastIndex((input) => input !== "") + 1) };
}
