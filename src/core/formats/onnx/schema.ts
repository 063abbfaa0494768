/** Field numbers of the messages we read and write (onnx.proto of ONNX 1.19, IR version 12). */

export const modelField = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  opsetImport: 8,
  metadata: 14,
  functions: 25,
} as const;

export const opsetField = { domain: 1, version: 2 } as const;

export const graphField = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  sparseInitializer: 15,
} as const;

export const nodeField = {
  input: 1,
  output: 2,
  name: 3,
  op: 4,
  attribute: 5,
  domain: 7,
  overload: 8,
  metadata: 9,
} as const;

export const attributeField = {
  name: 1,
  float: 2,
  int: 3,
  string: 4,
  tensor: 5,
  graph: 6,
  floats: 7,
  ints: 8,
  strings: 9,
  tensors: 10,
  graphs: 11,
  type: 20,
  reference: 21,
} as const;

/** `AttributeProto.AttributeType`, for the kinds we understand. */
export const attributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;

export const tensorField = {
  dims: 1,
  dataType: 2,
  segment: 3,
  floatData: 4,
  int32Data: 5,
  stringData: 6,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  externalData: 13,
  dataLocation: 14,
} as const;

/** `SparseTensorProto`; the tensor's name is that of its `values`. */
export const sparseField = { values: 1 } as const;

export const valueInfoField = { name: 1, type: 2 } as const;

export const typeField = { tensor: 1 } as const;

export const tensorTypeField = { elementType: 1, shape: 2 } as const;

export const shapeField = { dim: 1 } as const;

export const dimField = { value: 1, parameter: 2 } as const;

/** `StringStringEntryProto`: metadata and the keys of external data. */
export const entryField = { key: 1, value: 2 } as const;

export const functionField = {
  name: 1,
  input: 4,
  output: 5,
  attribute: 6,
  node: 7,
  opsetImport: 9,
  domain: 10,
} as const;
