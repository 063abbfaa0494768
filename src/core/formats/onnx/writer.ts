import { Failure } from "../../failure.ts";
import type { Program } from "../../graph/graph.ts";
import { byteLength, type Tensor } from "../../graph/tensor.ts";
import { Message } from "./message.ts";
import { modelField } from "./schema.ts";
import { type Placing, writeFunction, writeGraph, writeOpset } from "./writeGraph.ts";
import { entry } from "./writeTensor.ts";

/** Protobuf, and with it the engine, takes no message of 2 GiB or more. */
const maximumModelBytes = 2 ** 31 - 1;

/** Weights begin at multiples of this in a data file, so that they may be mapped. */
const alignment = 64;

/** Weights smaller than this stay in the model, as PyTorch's exporter has it. */
const smallestExternal = 1024;

/**
 * A program as an ONNX file, weights inside. Reading the result gives the same program. Weights are read one at a time
 * while the file is filled in: memory is the file's size and the largest weight.
 * @throws Failure `onnx/too-large` from 2 GiB on: use {@link writeOnnxWithExternalData}.
 */
export function writeOnnx(program: Program): Uint8Array {
  return modelBytes(program, () => undefined);
}

/**
 * A program as an ONNX file whose weights go to a file beside it.
 * @param location name of the data file, as the model will look for it in its own folder.
 * @param write takes the data file piece by piece, in order.
 * @throws Failure `onnx/too-large` where the graph alone takes 2 GiB.
 */
export function writeOnnxWithExternalData(
  program: Program,
  location: string,
  write: (chunk: Uint8Array) => void,
): Uint8Array {
  let offset = 0;
  return modelBytes(program, (tensor: Tensor) => {
    const length = byteLength(tensor);
    if (length < smallestExternal) return undefined;
    const gap = (alignment - (offset % alignment)) % alignment;
    if (gap > 0) write(new Uint8Array(gap));
    write(tensor.bytes());
    const place = { location, offset: offset + gap };
    offset += gap + length;
    return place;
  });
}

/**
 * A program as an ONNX file that refers to the files its weights were read from instead of holding them.
 * @param locate name of a file as the engine will look for it, by its path; `undefined` puts the weight inside.
 */
export function writeOnnxInPlace(program: Program, locate: (file: string) => string | undefined): Uint8Array {
  return modelBytes(program, (tensor) => {
    const { stored } = tensor;
    const place = byteLength(tensor) >= smallestExternal ? stored?.source.place : undefined;
    const location = place && locate(place.file);
    return place && stored && location !== undefined ? { location, offset: place.offset + stored.offset } : undefined;
  });
}

function modelBytes(program: Program, placing: Placing): Uint8Array {
  const message = new Message();
  message.int(modelField.irVersion, program.irVersion);
  if (program.producer !== "") message.text(modelField.producerName, program.producer);
  message.message(modelField.graph, writeGraph(program.graph, placing, program.irVersion < 4));
  for (const [domain, version] of program.opsets) message.message(modelField.opsetImport, writeOpset(domain, version));
  for (const [key, value] of program.metadata) message.message(modelField.metadata, entry(key, value));
  for (const definition of program.functions) {
    message.message(modelField.functions, writeFunction(definition, placing));
  }
  if (message.size > maximumModelBytes) {
    throw new Failure("onnx/too-large", `The model takes ${message.size} bytes in one file; 2 GiB is the most.`, {
      hint: "Its weights have to go to a file of their own.",
    });
  }
  return message.toBytes();
}
