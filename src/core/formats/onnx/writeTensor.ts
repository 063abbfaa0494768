import { byteLength, type Tensor } from "../../graph/tensor.ts";
import { numberOfDtype } from "./dtypes.ts";
import { Message } from "./message.ts";
import { entryField, tensorField } from "./schema.ts";

/** Where a weight stands in the data file beside the model. */
export interface Place {
  readonly location: string;
  readonly offset: number;
}

/** `TensorProto.DataLocation.EXTERNAL`. */
const externalLocation = 1;

/** A `TensorProto` with its elements as `raw_data`, or, with a place, in the file beside the model. */
export function writeTensor(name: string, tensor: Tensor, place?: Place): Message {
  const message = new Message();
  if (tensor.shape.length > 0) message.ints(tensorField.dims, tensor.shape);
  message.int(tensorField.dataType, numberOfDtype(tensor.dtype));
  if (tensor.dtype === "string")
    for (const text of tensor.strings?.() ?? []) message.text(tensorField.stringData, text);
  if (name !== "") message.text(tensorField.name, name);
  if (place !== undefined) writePlace(message, place, byteLength(tensor));
  else if (tensor.dtype !== "string") message.payload(tensorField.rawData, byteLength(tensor), () => tensor.bytes());
  return message;
}

function writePlace(message: Message, { location, offset }: Place, length: number): void {
  message.message(tensorField.externalData, entry("location", location));
  message.message(tensorField.externalData, entry("offset", String(offset)));
  message.message(tensorField.externalData, entry("length", String(length)));
  message.int(tensorField.dataLocation, externalLocation);
}

/** A `StringStringEntryProto`. */
export function entry(key: string, value: string): Message {
  const message = new Message();
  message.text(entryField.key, key);
  message.text(entryField.value, value);
  return message;
}
