import type { DType, Tensor } from "./tensor.ts";

/**
 * The executable architecture: operators over named values in topological order, as ONNX has them. Graphs are never
 * changed in place; a pass takes one and returns another that shares what it did not touch.
 */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** What a caller must feed. Initializers repeated as inputs (IR < 4) are not among them. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Weights and constants, by value name. */
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Types that the file records for inner values. */
  readonly valueTypes: ReadonlyMap<string, ValueType>;
}

/** A graph with what it takes to run it: operator set versions by domain (`""` is ONNX's own) and local functions. */
export interface Program {
  readonly graph: Graph;
  readonly irVersion: number;
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: readonly FunctionDefinition[];
  /** Who wrote the file, e.g. `pytorch 2.14.1`; empty where the file does not say. */
  readonly producer: string;
  /** `metadata_props` of the file. */
  readonly metadata: ReadonlyMap<string, string>;
}

export interface Node {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  /** Value names; `""` is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Which of several functions of one name the node calls; absent where there is one. */
  readonly overload?: string;
  /** Exporter's notes on the node (`pkg.torch.onnx.name_scopes` and the like), by key. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** The kinds of node attributes and what each holds. */
export interface AttributeValues {
  readonly float: number;
  /** int64; values beyond 2^53 (`INT64_MAX` as "to the end") are rounded and saturate again when written. */
  readonly int: number;
  readonly string: string;
  readonly tensor: Tensor;
  readonly graph: Graph;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly string[];
  readonly tensors: readonly Tensor[];
  readonly graphs: readonly Graph[];
  /** Kinds we only carry along (sparse tensors, types, references to function attributes): the message as it was. */
  readonly opaque: Uint8Array;
}

export type Attribute = {
  [T in keyof AttributeValues]: { readonly type: T; readonly value: AttributeValues[T] };
}[keyof AttributeValues];

/** A dimension: a size, a symbol (`"batch"`), or unknown. */
export type Dim = number | string | undefined;

export interface ValueType {
  readonly dtype: DType | undefined;
  /** `undefined` where even the rank is unknown. */
  readonly shape: readonly Dim[] | undefined;
  /** The type of what is no tensor (a sequence, an optional), as it was: only carried along. */
  readonly opaque?: Uint8Array;
}

export interface ValueInfo extends ValueType {
  readonly name: string;
}

/** A model-local function (ONNX `FunctionProto`). */
export interface FunctionDefinition {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly string[];
  readonly nodes: readonly Node[];
  readonly opsets: ReadonlyMap<string, number>;
  /** Fields we only carry along, as they were. */
  readonly opaque: Uint8Array;
}

/** An attribute of a node by name and kind, or `undefined` where it is absent or of another kind. */
export function attribute<T extends keyof AttributeValues>(
  node: Node,
  name: string,
  type: T,
): AttributeValues[T] | undefined {
  const found = node.attributes.get(name);
  return found?.type === type ? (found.value as AttributeValues[T]) : undefined;
}

/** A node with defaults for what is rarely given. */
export function makeNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  name = "",
): Node {
  return { name, op, domain: "", inputs, outputs, attributes: new Map(Object.entries(attributes)) };
}

/** A program of our own around a few nodes, at the internal operator set. */
export function makeProgram(
  graph: Pick<Graph, "name" | "inputs" | "outputs" | "nodes"> & Partial<Pick<Graph, "initializers">>,
): Program {
  return {
    irVersion: 10,
    opsets: new Map([["", 21]]),
    functions: [],
    producer: "likeness",
    metadata: new Map(),
    graph: { initializers: new Map(), valueTypes: new Map(), ...graph },
  };
}
