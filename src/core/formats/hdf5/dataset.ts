import { dtypeBits, elementCount, type Tensor } from "../../graph/tensor.ts";
import { storedTensor } from "../storedTensor.ts";
import type { Hdf5Bytes } from "./bytes.ts";
import { type Chunk, type Chunked, listChunks, readChunks } from "./chunks.ts";
import { readDataspace } from "./dataspace.ts";
import { type Datatype, readDatatype } from "./datatype.ts";
import { type Layout, readFillValue, readFilters, readLayout } from "./layout.ts";
import { type Message, messageType } from "./objectHeader.ts";

/** A data set that declares more than this, and more than `maximumGrowth` times what is stored, is a bomb. */
const largeDataset = 64 * 2 ** 20;
const maximumGrowth = 1000;

/**
 * A data set's elements as a tensor; `undefined` where they are no numbers.
 * @param bfloat16 whether elements of two opaque bytes are of that type, as Keras notes beside them
 * @throws Failure `h5/external-storage`, `h5/virtual-dataset`, `h5/shape-bomb`, `h5/truncated`, `h5/damaged`,
 *   `h5/unsupported`
 */
export function datasetTensor(file: Hdf5Bytes, messages: readonly Message[], bfloat16: boolean): Tensor | undefined {
  const message = (type: number) => {
    const found = messages.find((each) => each.type === type);
    if (found?.shared) throw file.unsupported("a type that data sets share");
    return found?.data();
  };
  if (message(messageType.externalFiles)) {
    throw file.failure(
      "h5/external-storage",
      "The elements of a data set stand in another file, which is not opened.",
      "Save the model again into one file.",
    );
  }
  const space = message(messageType.dataspace);
  const type = message(messageType.datatype);
  const stored = message(messageType.layout);
  if (!space || !type || !stored) throw file.damaged("a data set lacks its type, shape or place");
  const shape = readDataspace(file, space);
  const layout = readLayout(file, stored);
  const datatype = asNumbers(readDatatype(file, type), bfloat16);
  if (!shape || datatype?.kind !== "number") return undefined;
  const { dtype, size: elementSize, littleEndian } = datatype;
  const filterMessage = message(messageType.filters);
  const set: Chunked = {
    shape,
    chunk: layout.kind === "chunked" ? layout.chunk : [],
    elementSize,
    filters: filterMessage ? readFilters(file, filterMessage) : [],
  };
  const length = elementCount(shape) * elementSize;
  const chunks = layout.kind === "chunked" && layout.tree !== undefined ? listChunks(file, layout.tree, set) : [];
  checkExtent(file, shape, length, layout, chunks);
  if (
    layout.kind === "contiguous" &&
    layout.address !== undefined &&
    littleEndian &&
    elementSize * 8 === dtypeBits[dtype]
  ) {
    return storedTensor(dtype, shape, file.source, layout.address);
  }
  const fill = message(messageType.fillValue);
  const fillValue = fill ? readFillValue(fill) : new Uint8Array();
  return {
    dtype,
    shape,
    bytes() {
      const bytes = new Uint8Array(length);
      if (layout.kind === "compact") bytes.set(layout.bytes.subarray(0, length));
      else if (layout.kind === "contiguous" && layout.address !== undefined) {
        bytes.set(file.source.read(layout.address, length));
      } else {
        fillWith(bytes, fillValue);
        readChunks(file, set, chunks, bytes);
      }
      return littleEndian ? bytes : swapped(bytes, elementSize);
    },
  };
}

/** Keras notes the type of bfloat16 weights in an attribute and stores their bytes as they are. */
function asNumbers(datatype: Datatype, bfloat16: boolean): Datatype {
  return datatype.kind === "opaque" && bfloat16 && datatype.size === 2
    ? { kind: "number", dtype: "bfloat16", size: 2, littleEndian: true }
    : datatype;
}

/** Holds what a data set declares against what the file has, before anything is allocated for it. */
function checkExtent(
  file: Hdf5Bytes,
  shape: readonly number[],
  length: number,
  layout: Layout,
  chunks: readonly Chunk[],
): void {
  const stored =
    layout.kind === "compact"
      ? layout.bytes.length
      : layout.kind === "chunked"
        ? chunks.reduce((sum, chunk) => sum + chunk.length, 0)
        : layout.address === undefined
          ? 0
          : length;
  if (!Number.isSafeInteger(length) || (length > largeDataset && length > maximumGrowth * stored)) {
    throw file.failure(
      "h5/shape-bomb",
      `A data set declares ${shape.join(" × ")} elements and stores ${stored} bytes.`,
    );
  }
  if (layout.kind === "compact" && stored < length) throw file.damaged("a data set is shorter than its shape");
  if (layout.kind === "contiguous" && layout.address !== undefined && !(layout.address + length <= file.source.size)) {
    throw file.failure("h5/truncated", `A data set of ${shape.join(" × ")} elements reaches beyond the file's end.`);
  }
}

function fillWith(bytes: Uint8Array, element: Uint8Array): void {
  if (element.length > bytes.length || element.every((byte) => byte === 0)) return;
  bytes.set(element);
  // What is filled doubles at each step.
  for (let filled = element.length; filled < bytes.length; filled *= 2) bytes.copyWithin(filled, 0, filled);
}

/** The bytes of each element in reverse, in place. */
function swapped(bytes: Uint8Array, elementSize: number): Uint8Array {
  for (let i = 0; i < bytes.length; i += elementSize) bytes.subarray(i, i + elementSize).reverse();
  return bytes;
}
