import type { Attribute, FunctionDefinition, Graph, Node, ValueInfo, ValueType } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { numberOfDtype } from "./dtypes.ts";
import { Message } from "./message.ts";
import {
  attributeField,
  attributeType,
  dimField,
  functionField,
  graphField,
  nodeField,
  opsetField,
  shapeField,
  tensorTypeField,
  typeField,
  valueInfoField,
} from "./schema.ts";
import { entry, type Place, writeTensor } from "./writeTensor.ts";

/** Where a weight goes: a place in the file beside the model, or `undefined` for the model itself. */
export type Placing = (tensor: Tensor) => Place | undefined;

/** A `GraphProto`. With `repeatInitializers`, weights are listed as inputs too, as IR versions before 4 want them. */
export function writeGraph(graph: Graph, placing: Placing, repeatInitializers = false): Message {
  const message = new Message();
  for (const node of graph.nodes) message.message(graphField.node, writeNode(node, placing));
  message.text(graphField.name, graph.name);
  for (const [name, tensor] of graph.initializers) {
    message.message(graphField.initializer, writeTensor(name, tensor, placing(tensor)));
  }
  for (const input of graph.inputs) message.message(graphField.input, writeValueInfo(input));
  if (repeatInitializers) {
    for (const [name, { dtype, shape }] of graph.initializers) {
      message.message(graphField.input, writeValueInfo({ name, dtype, shape }));
    }
  }
  for (const output of graph.outputs) message.message(graphField.output, writeValueInfo(output));
  for (const [name, type] of graph.valueTypes) {
    message.message(graphField.valueInfo, writeValueInfo({ ...type, name }));
  }
  return message;
}

/** A `FunctionProto`. */
export function writeFunction(definition: FunctionDefinition, placing: Placing): Message {
  const message = new Message();
  message.text(functionField.name, definition.name);
  for (const input of definition.inputs) message.text(functionField.input, input);
  for (const output of definition.outputs) message.text(functionField.output, output);
  for (const attribute of definition.attributes) message.text(functionField.attribute, attribute);
  for (const node of definition.nodes) message.message(functionField.node, writeNode(node, placing));
  for (const [domain, version] of definition.opsets) {
    message.message(functionField.opsetImport, writeOpset(domain, version));
  }
  message.text(functionField.domain, definition.domain);
  message.raw(definition.opaque);
  return message;
}

/** An `OperatorSetIdProto`. */
export function writeOpset(domain: string, version: number): Message {
  const message = new Message();
  message.text(opsetField.domain, domain);
  message.int(opsetField.version, version);
  return message;
}

function writeNode(node: Node, placing: Placing): Message {
  const message = new Message();
  for (const input of node.inputs) message.text(nodeField.input, input);
  for (const output of node.outputs) message.text(nodeField.output, output);
  if (node.name !== "") message.text(nodeField.name, node.name);
  message.text(nodeField.op, node.op);
  for (const [name, attribute] of node.attributes) {
    if (attribute.type === "opaque") message.bytes(nodeField.attribute, attribute.value);
    else message.message(nodeField.attribute, writeAttribute(name, attribute, placing));
  }
  if (node.domain !== "") message.text(nodeField.domain, node.domain);
  if (node.overload !== undefined) message.text(nodeField.overload, node.overload);
  for (const [key, value] of node.metadata ?? []) message.message(nodeField.metadata, entry(key, value));
  return message;
}

function writeAttribute(name: string, attribute: Exclude<Attribute, { type: "opaque" }>, placing: Placing): Message {
  const message = new Message();
  message.text(attributeField.name, name);
  const field = attributeField[attribute.type];
  switch (attribute.type) {
    case "float":
      message.float(field, attribute.value);
      break;
    case "int":
      message.int(field, attribute.value);
      break;
    case "string":
      message.text(field, attribute.value);
      break;
    case "tensor":
      message.message(field, writeTensor("", attribute.value));
      break;
    case "graph":
      message.message(field, writeGraph(attribute.value, placing));
      break;
    case "floats":
      message.floats(field, attribute.value);
      break;
    case "ints":
      message.ints(field, attribute.value);
      break;
    case "strings":
      for (const text of attribute.value) message.text(field, text);
      break;
    case "tensors":
      for (const tensor of attribute.value) message.message(field, writeTensor("", tensor));
      break;
    case "graphs":
      for (const graph of attribute.value) message.message(field, writeGraph(graph, placing));
  }
  message.int(attributeField.type, attributeType[attribute.type]);
  return message;
}

function writeValueInfo(info: ValueInfo): Message {
  const message = new Message();
  message.text(valueInfoField.name, info.name);
  if (info.opaque !== undefined) message.bytes(valueInfoField.type, info.opaque);
  else if (info.dtype !== undefined || info.shape !== undefined) {
    const type = new Message();
    type.message(typeField.tensor, writeTensorType(info));
    message.message(valueInfoField.type, type);
  }
  return message;
}

function writeTensorType({ dtype, shape }: ValueType): Message {
  const message = new Message();
  if (dtype !== undefined) message.int(tensorTypeField.elementType, numberOfDtype(dtype));
  if (shape !== undefined) {
    const dims = new Message();
    for (const dim of shape) {
      const size = new Message();
      if (typeof dim === "number") size.int(dimField.value, dim);
      else if (dim !== undefined) size.text(dimField.parameter, dim);
      dims.message(shapeField.dim, size);
    }
    message.message(tensorTypeField.shape, dims);
  }
  return message;
}
