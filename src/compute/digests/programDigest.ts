import { createHash, type Hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Attribute, Graph, Node, Program, ValueInfo } from "../../core/graph/graph.ts";
import { byteLength, elementCount, type Tensor } from "../../core/graph/tensor.ts";

/** What decides the numbers that a program computes, apart from its inputs. SHA-256 in hex. */
export interface ProgramDigest {
  /** Operators, names, types, operator sets, and the whole numbers that steer shapes and indices. */
  readonly graph: string;
  /** The bytes of every initializer. */
  readonly weights: string;
}

/** Bytes read at a time. */
const chunkBytes = 4 * 2 ** 20;

/** Integer initializers of up to so many elements are shapes, axes and indices: part of the architecture. */
const structuralElements = 1024;

/**
 * Digests a program. Exporters' notes, the producer and the file's metadata are left out: they change no number. Reads
 * every weight once, with one tensor in memory at a time.
 * @throws the signal's reason, between two tensors.
 */
export async function programDigest(program: Program, signal?: AbortSignal): Promise<ProgramDigest> {
  const structure = createHash("sha256");
  const weights = createHash("sha256");
  // Grows by the graphs inside graphs: files decide how deep these are, so nothing recurs.
  const graphs = [program.graph];
  addFields(structure, ["opsets", inOrder(program.opsets)]);
  for (const { name, domain, inputs, outputs, attributes, nodes, opsets, opaque } of program.functions) {
    addFields(structure, ["function", name, domain, inputs, outputs, attributes, inOrder(opsets)]);
    addBytes(structure, opaque);
    for (const node of nodes) addNode(structure, node, graphs);
  }
  for (const graph of graphs) {
    addFields(structure, ["graph", types(graph.inputs), types(graph.outputs)]);
    for (const node of graph.nodes) addNode(structure, node, graphs);
    for (const [name, tensor] of inOrder(graph.initializers)) {
      signal?.throwIfAborted();
      addFields(structure, ["initializer", name, tensor.dtype, tensor.shape]);
      addFields(weights, [name]);
      addTensor(weights, tensor);
      if (/^u?int/.test(tensor.dtype) && elementCount(tensor.shape) <= structuralElements) addTensor(structure, tensor);
      await setImmediate();
    }
  }
  return { graph: structure.digest("hex"), weights: weights.digest("hex") };
}

function addNode(hash: Hash, node: Node, graphs: Graph[]): void {
  addFields(hash, ["node", node.name, node.op, node.domain, node.inputs, node.outputs]);
  for (const [name, attribute] of inOrder(node.attributes)) {
    addFields(hash, ["attribute", name, attribute.type]);
    addAttribute(hash, attribute, graphs);
  }
}

function addAttribute(hash: Hash, attribute: Attribute, graphs: Graph[]): void {
  switch (attribute.type) {
    case "float":
    case "int":
      addFields(hash, [exact(attribute.value)]);
      break;
    case "floats":
    case "ints":
      addFields(hash, attribute.value.map(exact));
      break;
    case "string":
      addFields(hash, [attribute.value]);
      break;
    case "strings":
      addFields(hash, attribute.value);
      break;
    case "tensor":
      addTensor(hash, attribute.value);
      break;
    case "tensors":
      addFields(hash, [attribute.value.length]);
      for (const tensor of attribute.value) addTensor(hash, tensor);
      break;
    case "graph":
      graphs.push(attribute.value);
      break;
    case "graphs":
      addFields(hash, [attribute.value.length]);
      for (const graph of attribute.value) graphs.push(graph);
      break;
    case "opaque":
      addBytes(hash, attribute.value);
      break;
  }
}

function addTensor(hash: Hash, tensor: Tensor): void {
  addFields(hash, [tensor.dtype, tensor.shape]);
  if (tensor.dtype === "string") addFields(hash, tensor.strings?.() ?? []);
  else if (tensor.stored !== undefined) addStored(hash, tensor.stored, byteLength(tensor));
  else addBytes(hash, tensor.bytes());
}

/** The bytes of a file as {@link addBytes} adds them, of which only a piece at a time is in memory. */
function addStored(hash: Hash, { source, offset }: NonNullable<Tensor["stored"]>, length: number): void {
  addFields(hash, [length]);
  for (let at = 0; at < length; at += chunkBytes) {
    hash.update(source.read(offset + at, Math.min(chunkBytes, length - at)));
  }
}

/** Adds values in a form that no other values have. */
function addFields(hash: Hash, fields: readonly unknown[]): void {
  hash.update(`${JSON.stringify(fields)}\n`);
}

function addBytes(hash: Hash, bytes: Uint8Array): void {
  addFields(hash, [bytes.length]);
  hash.update(bytes);
}

/** A number as text; JSON would make `null` of NaN and infinities, and 0 of −0. */
function exact(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function types(values: readonly ValueInfo[]): unknown {
  return values.map(({ name, dtype, shape }) => [name, dtype ?? null, shape?.map((size) => size ?? null) ?? null]);
}

/** The entries of a map by name, in an order that does not hang on the file's. */
function inOrder<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
