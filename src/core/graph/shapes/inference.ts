import { Failure } from "../../failure.ts";
import type { FunctionDefinition, Graph, Node, Program, ValueType } from "../graph.ts";
import { toFloat64 } from "../numbers.ts";
import { elementCount, type Tensor } from "../tensor.ts";
import { dtypesOf } from "./dtypes.ts";
import { evaluate, largestKnown } from "./evaluate.ts";
import { shapeRuleOf } from "./rules.ts";
import { type Call, mismatch, notKnown, type Shape, type ShapeRule, unknownValue, type Value } from "./value.ts";

/** Graphs within graphs, and functions calling functions, deeper than this stay unknown. */
const deepest = 16;

/** So do those behind this many nodes: functions that call functions can unfold to more than any file holds. */
const mostInnerNodes = 200_000;

/** What lies around a graph: the values that it sees, how many graphs it is inside of, and what work is left for such. */
interface Surroundings {
  readonly outer?: ShapeInference;
  readonly depth: number;
  readonly work: { left: number };
}

/**
 * Shape inference, one node after another: values of a graph whose input sizes are all given. The nodes need not be those
 * of the program, so that a pass can look at what it is about to change.
 */
export class ShapeInference {
  readonly values = new Map<string, Value>();
  readonly #program: Program;
  readonly #recorded: ReadonlyMap<string, ValueType>;
  readonly #symbols = new Map<string, number>();
  readonly #surroundings: Surroundings;

  /**
   * @param inputs shapes by input name; an input that is not among them has the shape that its declaration and the
   *   symbols of the others give.
   * @param graph the program's, or one inside it.
   */
  constructor(
    program: Program,
    inputs: ReadonlyMap<string, Shape>,
    graph: Pick<Graph, "inputs" | "outputs" | "initializers" | "valueTypes"> = program.graph,
    surroundings: Surroundings = { depth: 0, work: { left: mostInnerNodes } },
  ) {
    this.#program = program;
    this.#surroundings = surroundings;
    this.#recorded = new Map([...graph.valueTypes, ...graph.outputs.map((output) => [output.name, output] as const)]);
    for (const { name, shape } of graph.inputs) this.#bind(shape, inputs.get(name));
    for (const { name, dtype, shape } of graph.inputs) {
      this.values.set(name, { dtype, shape: inputs.get(name) ?? this.#sizes(shape) });
    }
    for (const [name, tensor] of graph.initializers) this.values.set(name, valueOfTensor(tensor));
  }

  /** What is known of a value; nothing of one that no node has made yet. */
  value(name: string): Value {
    return this.values.get(name) ?? this.#surroundings.outer?.value(name) ?? unknownValue;
  }

  /**
   * Infers the outputs of one node from its inputs.
   * @throws Failure `onnx/shape-mismatch` where the operator cannot take what it is given.
   */
  infer(node: Node): void {
    const inputs = node.inputs.map((name) => (name === "" ? undefined : this.value(name)));
    const outputs = this.#outputs({ node, inputs });
    for (const [index, name] of node.outputs.entries()) {
      if (name !== "") this.values.set(name, this.#withRecorded(name, outputs[index] ?? unknownValue));
    }
  }

  #outputs(call: Call): readonly Value[] {
    const { node } = call;
    if (node.op === "If" && node.domain === "") return this.#branches(call);
    const rule = shapeRuleOf(node);
    const definition = rule ? undefined : this.#functionOf(node);
    if (definition) return this.#body(definition, call);
    const isComplete = [...node.attributes.values()].every(({ type }) => type !== "opaque");
    const shapes = rule && isComplete ? apply(rule, call) : [];
    const dtypes = dtypesOf(call);
    return node.outputs.map((_, index) => {
      const [dtype, shape] = [dtypes[index], shapes[index]];
      return { dtype, shape, data: shape && index === 0 ? evaluate(call, shape, dtype) : undefined };
    });
  }

  /** The branch that a known condition takes, else what both branches agree on. */
  #branches({ node, inputs }: Call): readonly Value[] {
    const condition = inputs[0]?.data?.[0];
    const [yes, no] = ["then_branch", "else_branch"].map((name) => {
      const found = node.attributes.get(name);
      const isTaken = condition === undefined || (condition !== 0) === (name === "then_branch");
      return found?.type === "graph" && isTaken ? this.#inner(found.value, condition !== undefined) : undefined;
    });
    if (!yes || !no) return yes ?? no ?? [];
    return yes.map((value, index) => shared(value, no[index] ?? unknownValue));
  }

  /** Outputs of a graph that sees the values around it. A branch that may never run must not fail the whole. */
  #inner(graph: Graph, isTaken: boolean): readonly Value[] {
    if (!this.#mayDescend(graph.nodes)) return [];
    const inner = new ShapeInference(this.#program, new Map(), graph, { ...this.#inside(), outer: this });
    try {
      for (const node of graph.nodes) inner.infer(node);
    } catch (error) {
      if (isTaken || !(error instanceof Failure)) throw error;
      return [];
    }
    return graph.outputs.map(({ name }) => inner.value(name));
  }

  /** Outputs of a model-local function, which sees its arguments only. */
  #body(definition: FunctionDefinition, call: Call): readonly Value[] {
    if (!this.#mayDescend(definition.nodes)) return [];
    const nothing = { inputs: [], outputs: [], initializers: new Map(), valueTypes: new Map() };
    const inner = new ShapeInference(this.#program, new Map(), nothing, this.#inside());
    for (const [index, name] of definition.inputs.entries()) inner.values.set(name, call.inputs[index] ?? unknownValue);
    for (const node of definition.nodes) inner.infer(node);
    return definition.outputs.map((name) => inner.value(name));
  }

  #mayDescend(nodes: readonly Node[]): boolean {
    const { depth, work } = this.#surroundings;
    work.left -= nodes.length;
    return depth < deepest && work.left >= 0;
  }

  #inside(): Surroundings {
    const { depth, work } = this.#surroundings;
    return { depth: depth + 1, work };
  }

  #functionOf(node: Node): FunctionDefinition | undefined {
    return this.#program.functions.find(({ name, domain }) => name === node.op && domain === node.domain);
  }

  #withRecorded(name: string, value: Value): Value {
    if (value.shape !== undefined && value.dtype !== undefined) return value;
    const recorded = this.#recorded.get(name);
    return {
      dtype: value.dtype ?? recorded?.dtype,
      shape: value.shape ?? this.#sizes(recorded?.shape),
      data: value.data,
    };
  }

  #bind(declared: ValueType["shape"], given: Shape | undefined): void {
    for (const [axis, dim] of (given && declared)?.entries() ?? []) {
      const size = given?.[axis];
      if (typeof dim === "string" && size !== undefined) this.#symbols.set(dim, size);
    }
  }

  /** A declared shape with its symbols replaced; `undefined` unless every size is known. */
  #sizes(declared: ValueType["shape"]): Shape | undefined {
    const sizes = declared?.map((dim) => (typeof dim === "string" ? this.#symbolOf(dim) : dim));
    return sizes?.every((size) => size !== undefined) ? sizes : undefined;
  }

  #symbolOf(name: string): number | undefined {
    const own = this.#symbols.get(name);
    return own !== undefined || this.#surroundings.outer === undefined ? own : this.#surroundings.outer.#symbolOf(name);
  }
}

function apply(rule: ShapeRule, call: Call): readonly (Shape | undefined)[] {
  try {
    const shapes = rule(call);
    for (const size of shapes.flatMap((shape) => shape ?? [])) {
      if (!Number.isSafeInteger(size) || size < 0) throw mismatch(call, `an axis of ${size} elements would result`);
    }
    return shapes;
  } catch (error) {
    if (error === notKnown) return [];
    throw error;
  }
}

/** A constant; its elements are read when a rule asks for them. */
export function valueOfTensor(tensor: Tensor): Value {
  const { dtype, shape } = tensor;
  if (dtype === "string" || elementCount(shape) > largestKnown) return { dtype, shape };
  let data: readonly number[] | undefined;
  return {
    dtype,
    shape,
    get data() {
      data ??= Array.from(toFloat64(tensor));
      return data;
    },
  };
}

function shared(a: Value, b: Value): Value {
  const isSame = a.shape?.length === b.shape?.length && a.shape?.every((size, axis) => size === b.shape?.[axis]);
  return { dtype: a.dtype === b.dtype ? a.dtype : undefined, shape: isSame ? a.shape : undefined };
}
