import { Failure } from "../../failure.ts";
import { type Cursor, wireType } from "./cursor.ts";
import { modelField } from "./schema.ts";

/** Wire types of the fields of `ModelProto`, those that we do not read included. */
const wires: ReadonlyMap<number, number> = new Map([
  [1, wireType.varint],
  [2, wireType.bytes],
  [3, wireType.bytes],
  [4, wireType.bytes],
  [5, wireType.varint],
  [6, wireType.bytes],
  [7, wireType.bytes],
  [8, wireType.bytes],
  [14, wireType.bytes],
  [20, wireType.bytes],
  [25, wireType.bytes],
  [26, wireType.bytes],
]);

/** Versions so far go to 13; a larger number is not one. */
const maximumIrVersion = 255;

/**
 * Whether a file's outermost fields are those of an ONNX `ModelProto`. Only they are walked: the graph is skipped.
 * @throws Failure `onnx/truncated` where the file begins as a model and ends too early.
 */
export function looksLikeModel(cursor: Cursor): boolean {
  let version = 0;
  let hasGraph = false;
  try {
    while (cursor.next()) {
      const wire = wires.get(cursor.field);
      if (wire !== undefined && wire !== cursor.wire) return false;
      if (cursor.field === modelField.irVersion) version = cursor.int();
      else if (cursor.field === modelField.graph) hasGraph = true;
    }
  } catch (error) {
    if (error instanceof Failure && error.code === "onnx/truncated" && isVersion(version)) throw error;
    if (error instanceof Failure && error.code !== "onnx/limit") return false;
    throw error;
  }
  return isVersion(version) && hasGraph;
}

function isVersion(version: number): boolean {
  return version >= 1 && version <= maximumIrVersion;
}
