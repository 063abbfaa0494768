import { Failure } from "../../failure.ts";
import type { Attribute, FunctionDefinition, Graph, Node, ValueInfo, ValueType } from "../../graph/graph.ts";
import { ordered } from "../../graph/order.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Cursor } from "./cursor.ts";
import type { ExternalData } from "./externalData.ts";
import { readAttribute } from "./readAttribute.ts";
import { readEntry } from "./readEntry.ts";
import { readTensor } from "./readTensor.ts";
import { readValueInfo } from "./readTypes.ts";
import { functionField, graphField, nodeField, opsetField, sparseField, tensorField } from "./schema.ts";

/** Control flow inside control flow, that many times; exporters are known to go to 4. */
const maximumDepth = 16;

/**
 * Reads a `GraphProto`.
 * @param depth 0 for the model's own graph, one more for each graph around this one.
 * @throws Failure `onnx/limit` past a depth of 16, `onnx/duplicate-value`, `onnx/sparse-initializer`.
 */
export function readGraph(cursor: Cursor, external: ExternalData, depth: number): Graph {
  if (depth > maximumDepth) {
    throw new Failure("onnx/limit", `Graphs stand inside each other more than ${maximumDepth} deep.`);
  }
  const nodes: Node[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const initializers = new Map<string, Tensor>();
  const valueTypes = new Map<string, ValueType>();
  const sparse = new Set<string>();
  let name = "";
  while (cursor.next()) {
    switch (cursor.field) {
      case graphField.node:
        nodes.push(readNode(cursor.message(), external, depth));
        break;
      case graphField.name:
        name = cursor.text();
        break;
      case graphField.initializer: {
        const { name: value, tensor } = readTensor(cursor.message(), external);
        if (initializers.has(value)) throw new Failure("onnx/duplicate-value", `The weight "${value}" is given twice.`);
        initializers.set(value, tensor);
        break;
      }
      case graphField.input:
        inputs.push(readValueInfo(cursor.message()));
        break;
      case graphField.output:
        outputs.push(readValueInfo(cursor.message()));
        break;
      case graphField.valueInfo: {
        const { name: value, ...type } = readValueInfo(cursor.message());
        valueTypes.set(value, type);
        break;
      }
      case graphField.sparseInitializer:
        sparse.add(sparseName(cursor.message()));
    }
  }
  refuseSparse(nodes, sparse);
  // The inputs of a loop's body are found by position: there, an input with a default value stays.
  const fed = depth === 0 ? inputs.filter((input) => !initializers.has(input.name)) : inputs;
  return { name, nodes: ordered(nodes), inputs: fed, outputs, initializers, valueTypes };
}

/** Reads a `FunctionProto`. */
export function readFunction(cursor: Cursor, external: ExternalData): FunctionDefinition {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: string[] = [];
  const nodes: Node[] = [];
  const opsets = new Map<string, number>();
  const rest: Uint8Array[] = [];
  let name = "";
  let domain = "";
  while (cursor.next()) {
    switch (cursor.field) {
      case functionField.name:
        name = cursor.text();
        break;
      case functionField.domain:
        domain = cursor.text();
        break;
      case functionField.input:
        inputs.push(cursor.text());
        break;
      case functionField.output:
        outputs.push(cursor.text());
        break;
      case functionField.attribute:
        attributes.push(cursor.text());
        break;
      case functionField.node:
        nodes.push(readNode(cursor.message(), external, 1));
        break;
      case functionField.opsetImport:
        readOpset(cursor.message(), opsets);
        break;
      default:
        rest.push(cursor.whole());
    }
  }
  return {
    name,
    domain: ownDomain(domain),
    inputs,
    outputs,
    attributes,
    nodes: ordered(nodes),
    opsets,
    opaque: joined(rest),
  };
}

/** Adds an `OperatorSetIdProto` to a map. */
export function readOpset(cursor: Cursor, into: Map<string, number>): void {
  let domain = "";
  let version = 0;
  while (cursor.next()) {
    if (cursor.field === opsetField.domain) domain = cursor.text();
    else if (cursor.field === opsetField.version) version = cursor.int();
  }
  into.set(ownDomain(domain), version);
}

function readNode(cursor: Cursor, external: ExternalData, depth: number): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  const metadata = new Map<string, string>();
  let name = "";
  let op = "";
  let domain = "";
  let overload = "";
  while (cursor.next()) {
    switch (cursor.field) {
      case nodeField.input:
        inputs.push(cursor.text());
        break;
      case nodeField.output:
        outputs.push(cursor.text());
        break;
      case nodeField.name:
        name = cursor.text();
        break;
      case nodeField.op:
        op = cursor.text();
        break;
      case nodeField.domain:
        domain = cursor.text();
        break;
      case nodeField.overload:
        overload = cursor.text();
        break;
      case nodeField.attribute: {
        const [key, attribute] = readAttribute(cursor, external, (graph) => readGraph(graph, external, depth + 1));
        attributes.set(key, attribute);
        break;
      }
      case nodeField.metadata:
        readEntry(cursor.message(), metadata);
    }
  }
  return {
    name,
    op,
    domain: ownDomain(domain),
    inputs,
    outputs,
    attributes,
    ...(overload !== "" && { overload }),
    ...(metadata.size > 0 && { metadata }),
  };
}

/** ONNX's own domain has two spellings. */
function ownDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function sparseName(cursor: Cursor): string {
  let name = "";
  while (cursor.next()) {
    if (cursor.field !== sparseField.values) continue;
    const values = cursor.message();
    while (values.next()) if (values.field === tensorField.name) name = values.text();
  }
  return name;
}

function refuseSparse(nodes: readonly Node[], sparse: ReadonlySet<string>): void {
  if (sparse.size === 0) return;
  const used = nodes.flatMap((node) => node.inputs).filter((input) => sparse.has(input));
  if (used.length === 0) return;
  throw new Failure("onnx/sparse-initializer", `The weights ${[...new Set(used)].join(", ")} are stored as sparse.`, {
    hint: "Export the model with dense weights.",
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
