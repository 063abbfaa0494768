import type { Dim, ValueInfo, ValueType } from "../../graph/graph.ts";
import type { Cursor } from "./cursor.ts";
import { dtypeOfNumber } from "./dtypes.ts";
import { dimField, shapeField, tensorTypeField, typeField, valueInfoField } from "./schema.ts";
import type { Range } from "./wireFile.ts";

/** Reads a `ValueInfoProto`. Sequences, maps and optionals are carried along unread, as `opaque`. */
export function readValueInfo(cursor: Cursor): ValueInfo {
  let name = "";
  let type: ValueType = { dtype: undefined, shape: undefined };
  while (cursor.next()) {
    if (cursor.field === valueInfoField.name) name = cursor.text();
    else if (cursor.field === valueInfoField.type) type = readType(cursor);
  }
  return { name, ...type };
}

function readType(field: Cursor): ValueType {
  const range: Range = field.range();
  const cursor = field.message();
  while (cursor.next()) if (cursor.field === typeField.tensor) return readTensorType(cursor.message());
  if (range.length === 0) return { dtype: undefined, shape: undefined };
  return { dtype: undefined, shape: undefined, opaque: field.bytes() };
}

function readTensorType(cursor: Cursor): ValueType {
  let type: ValueType = { dtype: undefined, shape: undefined };
  while (cursor.next()) {
    if (cursor.field === tensorTypeField.elementType) type = { ...type, dtype: dtypeOfNumber(cursor.int()) };
    else if (cursor.field === tensorTypeField.shape) type = { ...type, shape: readShape(cursor.message()) };
  }
  return type;
}

function readShape(cursor: Cursor): Dim[] {
  const shape: Dim[] = [];
  while (cursor.next()) if (cursor.field === shapeField.dim) shape.push(readDim(cursor.message()));
  return shape;
}

/** Negative sizes, which some exporters write for "any", and empty symbols are unknown. */
function readDim(cursor: Cursor): Dim {
  let dim: Dim;
  while (cursor.next()) {
    if (cursor.field === dimField.value) {
      const size = cursor.int();
      dim = size < 0 ? undefined : size;
    } else if (cursor.field === dimField.parameter) dim = cursor.text() || undefined;
  }
  return dim;
}
