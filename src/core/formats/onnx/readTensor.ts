import { Failure } from "../../failure.ts";
import { byteLength, elementCount, type Tensor } from "../../graph/tensor.ts";
import { storedTensor } from "../storedTensor.ts";
import type { Cursor } from "./cursor.ts";
import { dtypeOfNumber } from "./dtypes.ts";
import type { ExternalData } from "./externalData.ts";
import { readEntry } from "./readEntry.ts";
import { tensorField } from "./schema.ts";
import { typedBytes, typedDataFits, typedField } from "./typedData.ts";
import type { Range, WireFile } from "./wireFile.ts";

/** A tensor of the file under the name that the file gives it, which may be empty. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

const maximumRank = 64;

/** `TensorProto.DataLocation.EXTERNAL`. */
const externalLocation = 1;

/** The fields of a `TensorProto`, unread where they may be large. */
interface Fields {
  readonly dims: number[];
  readonly typed: Map<number, Range[]>;
  readonly entries: Map<string, string>;
  raw: Range | undefined;
  number: number;
  name: string;
  external: boolean;
}

/**
 * Reads a `TensorProto` but not its elements: they are read, and typed fields turned into bytes, when they are asked for.
 * @throws Failure `onnx/bad-dims`, `onnx/tensor-size`, `onnx/dtype`, and those of {@link ExternalData.locate}.
 */
export function readTensor(cursor: Cursor, external: ExternalData): NamedTensor {
  const fields = readFields(cursor);
  const { name, dims: shape } = fields;
  const dtype = dtypeOfNumber(fields.number);
  if (dtype === undefined) {
    throw new Failure("onnx/dtype", `"${name}" has the element type ${fields.number}, which is not known.`);
  }
  if (shape.length > maximumRank || shape.some((size) => size < 0)) {
    throw new Failure("onnx/bad-dims", `"${name}" has the shape [${shape.slice(0, 8).join(", ")}].`);
  }
  const kind = { dtype, shape };
  if (!Number.isSafeInteger(elementCount(shape)) || !Number.isSafeInteger(byteLength(kind))) {
    throw new Failure("onnx/tensor-size", `"${name}" of shape [${shape.join(", ")}] is larger than any file.`);
  }
  const segments = fields.typed.get(typedField(dtype)) ?? [];
  if (dtype === "string") return { name, tensor: stringTensor(cursor.file, name, shape, segments) };
  if (fields.external) {
    const { source, range } = external.locate(name, kind, fields.entries);
    return { name, tensor: storedTensor(dtype, shape, source, range.offset) };
  }
  const { raw } = fields;
  const fits = raw ? raw.length === byteLength(kind) : typedDataFits(cursor.file, segments, kind);
  if (!fits) {
    throw new Failure(
      "onnx/tensor-size",
      `"${name}" of shape [${shape.join(", ")}] needs ${byteLength(kind)} bytes of ${dtype}, and the file holds another number.`,
    );
  }
  if (raw) return { name, tensor: storedTensor(dtype, shape, cursor.file.source, raw.offset) };
  return { name, tensor: { ...kind, bytes: () => typedBytes(cursor.file, segments, kind) } };
}

function readFields(cursor: Cursor): Fields {
  const fields: Fields = {
    dims: [],
    typed: new Map(),
    entries: new Map(),
    raw: undefined,
    number: 0,
    name: "",
    external: false,
  };
  while (cursor.next()) {
    switch (cursor.field) {
      case tensorField.dims:
        cursor.ints(fields.dims);
        break;
      case tensorField.dataType:
        fields.number = cursor.int();
        break;
      case tensorField.name:
        fields.name = cursor.text();
        break;
      case tensorField.rawData:
        fields.raw = cursor.range();
        break;
      case tensorField.externalData:
        readEntry(cursor.message(), fields.entries);
        break;
      case tensorField.dataLocation:
        fields.external = cursor.int() === externalLocation;
        break;
      case tensorField.segment:
        throw new Failure("onnx/malformed", "A tensor is split into segments, which no version of ONNX has used.");
      case tensorField.floatData:
      case tensorField.int32Data:
      case tensorField.stringData:
      case tensorField.int64Data:
      case tensorField.doubleData:
      case tensorField.uint64Data: {
        const segments = fields.typed.get(cursor.field) ?? [];
        segments.push(cursor.value());
        fields.typed.set(cursor.field, segments);
      }
    }
  }
  return fields;
}

function stringTensor(file: WireFile, name: string, shape: number[], segments: readonly Range[]): Tensor {
  if (segments.length !== elementCount(shape)) {
    throw new Failure(
      "onnx/tensor-size",
      `"${name}" needs ${elementCount(shape)} strings and holds ${segments.length}.`,
    );
  }
  return {
    dtype: "string",
    shape,
    bytes: () => {
      throw new Error("a string tensor has no bytes");
    },
    strings: () => segments.map((segment) => file.text(segment)),
  };
}
