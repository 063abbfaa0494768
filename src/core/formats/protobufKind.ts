import { Failure } from "../failure.ts";
import type { ByteSource } from "./byteSource.ts";
import { Cursor, wireType } from "./onnx/cursor.ts";
import { type Range, WireFile } from "./onnx/wireFile.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Networks that are written as protobuf messages, which have no magic: their outermost fields tell them apart. */
export type ProtobufKind = "onnx" | "coreml" | "saved-model" | "graph-def" | "meta-graph";

/** Enough to meet every field of a `ModelProto` once; a frozen graph has a field for each node. */
const maximumFields = 4096;
const maximumOnnxField = 26;
/** `Model.proto` of Core ML: the network itself is one of the fields from here on. */
const firstCoremlModelField = 200;
const maximumNameBytes = 4096;

interface Field {
  readonly number: number;
  readonly wire: number;
  readonly value: Range;
}

/** What a file is, if its fields are those of a network; a file that breaks off is judged by what there is. */
export function protobufKind(source: ByteSource): ProtobufKind | undefined {
  const file = new WireFile(source);
  const { fields, brokeOff } = outermostFields(file);
  const [first] = fields;
  const numbers = new Set(fields.map(({ number }) => number));
  const second = fields.find(({ number }) => number === 2);
  if (first?.number !== 1) return undefined;
  if (first.wire === wireType.bytes) {
    if (isNode(file, first.value)) return "graph-def";
    return second && isGraph(file, second.value) ? "meta-graph" : undefined;
  }
  if (first.wire !== wireType.varint) return undefined;
  // Version first: ONNX, Core ML and SavedModel begin alike.
  if (second && second.wire !== wireType.bytes) return undefined;
  if (fields.some(({ number, wire }) => number >= firstCoremlModelField && wire === wireType.bytes)) return "coreml";
  if (fields.some(({ number }) => number > maximumOnnxField)) return undefined;
  if (second && numbers.size === 2 && isMetaGraph(file, second.value)) return "saved-model";
  return numbers.has(7) || brokeOff ? "onnx" : undefined;
}

/** The fields up to where the file ends or stops making sense, that one included. */
function outermostFields(file: WireFile): { readonly fields: readonly Field[]; readonly brokeOff: boolean } {
  const fields: Field[] = [];
  const cursor = new Cursor(file);
  try {
    while (fields.length < maximumFields && cursor.next()) {
      fields.push({ number: cursor.field, wire: cursor.wire, value: cursor.value() });
    }
    return { fields, brokeOff: false };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const start = Math.min(cursor.position, file.source.size);
    const value = { offset: start, length: file.source.size - start };
    // A field that reaches beyond the file is what a cut leaves behind; anything else is no protobuf.
    const brokeOff = error.code === "onnx/truncated" && cursor.wire === wireType.bytes;
    return { fields: brokeOff ? [...fields, { number: cursor.field, wire: cursor.wire, value }] : fields, brokeOff };
  }
}

/** Whether bytes begin as a `MetaGraphDef`: `meta_info_def` or `graph_def` first, the graph among its first two fields. */
function isMetaGraph(file: WireFile, range: Range): boolean {
  const [first, second] = firstFields(file, range);
  const graph = first?.number === 1 ? second : first;
  return graph?.number === 2 && isGraph(file, graph.value);
}

/** Whether bytes begin as a `GraphDef`. */
function isGraph(file: WireFile, range: Range): boolean {
  const [first] = firstFields(file, range);
  return first?.number === 1 && isNode(file, first.value);
}

/** Whether bytes are a `NodeDef`: a name, then an operator. */
function isNode(file: WireFile, range: Range): boolean {
  const [name, operator] = firstFields(file, range).map((field) => textOf(file, field));
  return name !== undefined && name !== "" && operator !== undefined && /^[A-Za-z_]\w*$/.test(operator);
}

function firstFields(file: WireFile, range: Range): readonly Field[] {
  const fields: Field[] = [];
  const cursor = new Cursor(file, range);
  try {
    while (fields.length < 2 && cursor.next()) {
      fields.push({ number: cursor.field, wire: cursor.wire, value: cursor.value() });
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  return fields;
}

function textOf(file: WireFile, { wire, value }: Field): string | undefined {
  if (wire !== wireType.bytes || value.length > maximumNameBytes) return undefined;
  return decodeUtf8(file.source.read(value.offset, value.length));
}
