import { Failure } from "../../failure.ts";
import type { Attribute, Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { decodeUtf8 } from "../utf8.ts";
import type { Cursor } from "./cursor.ts";
import type { ExternalData } from "./externalData.ts";
import { readTensor } from "./readTensor.ts";
import { attributeField, attributeType } from "./schema.ts";

/** What an `AttributeProto` may hold; one kind of it counts. */
interface Values {
  float: number;
  int: number;
  string: string | undefined;
  tensor: Tensor | undefined;
  graph: Graph | undefined;
  readonly floats: number[];
  readonly ints: number[];
  readonly strings: (string | undefined)[];
  readonly tensors: Tensor[];
  readonly graphs: Graph[];
}

/**
 * Reads the `AttributeProto` at the cursor: its name and value. What we do not understand (references to a function's
 * attributes, sparse tensors, types, strings that are not UTF-8) is carried along as it is.
 */
export function readAttribute(
  field: Cursor,
  external: ExternalData,
  readGraph: (cursor: Cursor) => Graph,
): [name: string, attribute: Attribute] {
  const values: Values = {
    float: 0,
    int: 0,
    string: "",
    tensor: undefined,
    graph: undefined,
    floats: [],
    ints: [],
    strings: [],
    tensors: [],
    graphs: [],
  };
  let name = "";
  let type = 0;
  let found = 0;
  let reference = false;
  const cursor = field.message();
  while (cursor.next()) {
    switch (cursor.field) {
      case attributeField.name:
        name = cursor.text();
        break;
      case attributeField.type:
        type = cursor.int();
        break;
      case attributeField.reference:
        reference = cursor.range().length > 0;
        break;
      default:
        found = readValue(cursor, values, external, readGraph) ?? found;
    }
  }
  // Files of 2017 leave the type to the field that is there.
  const known = reference ? undefined : attributeOf(type || found, values, name);
  return [name, known ?? { type: "opaque", value: field.bytes() }];
}

/** Reads a field that holds a value; its `AttributeType`, or `undefined` for any other field. */
function readValue(
  cursor: Cursor,
  values: Values,
  external: ExternalData,
  readGraph: (cursor: Cursor) => Graph,
): number | undefined {
  switch (cursor.field) {
    case attributeField.float:
      values.float = cursor.float();
      return attributeType.float;
    case attributeField.int:
      values.int = cursor.int();
      return attributeType.int;
    case attributeField.string:
      values.string = decodeUtf8(cursor.bytes());
      return attributeType.string;
    case attributeField.tensor:
      values.tensor = readTensor(cursor.message(), external).tensor;
      return attributeType.tensor;
    case attributeField.graph:
      values.graph = readGraph(cursor.message());
      return attributeType.graph;
    case attributeField.floats:
      cursor.floats(values.floats);
      return attributeType.floats;
    case attributeField.ints:
      cursor.ints(values.ints);
      return attributeType.ints;
    case attributeField.strings:
      values.strings.push(decodeUtf8(cursor.bytes()));
      return attributeType.strings;
    case attributeField.tensors:
      values.tensors.push(readTensor(cursor.message(), external).tensor);
      return attributeType.tensors;
    case attributeField.graphs:
      values.graphs.push(readGraph(cursor.message()));
      return attributeType.graphs;
    default:
      return undefined;
  }
}

function attributeOf(type: number, values: Values, name: string): Attribute | undefined {
  const { float, int, string, tensor, graph, floats, ints, strings, tensors, graphs } = values;
  switch (type) {
    case attributeType.float:
      return { type: "float", value: float };
    case attributeType.int:
      return { type: "int", value: int };
    case attributeType.string:
      return string === undefined ? undefined : { type: "string", value: string };
    case attributeType.tensor:
      return { type: "tensor", value: present(tensor, name) };
    case attributeType.graph:
      return { type: "graph", value: present(graph, name) };
    case attributeType.floats:
      return { type: "floats", value: floats };
    case attributeType.ints:
      return { type: "ints", value: ints };
    case attributeType.strings: {
      const texts = strings.filter((text) => text !== undefined);
      return texts.length < strings.length ? undefined : { type: "strings", value: texts };
    }
    case attributeType.tensors:
      return { type: "tensors", value: tensors };
    case attributeType.graphs:
      return { type: "graphs", value: graphs };
    default:
      return undefined;
  }
}

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Failure("onnx/malformed", `The attribute "${name}" has no value.`);
  return value;
}
