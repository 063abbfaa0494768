import { Failure } from "../failure.ts";
import { shapeText } from "../formats/storedArray.ts";
import type { Dim } from "../graph/graph.ts";

/**
 * The length of a probe's sequences, where a network of token ids takes them.
 * @param sampleShape of the probe: T, or rows × T where it holds more than ids.
 * @param rows how many that are; 1 where it holds ids alone.
 * @param sequence the only length that the network takes; a symbol or unknown where any will do.
 * @throws Failure `probe/not-tokens` where samples are no sequences, `probe/sequence-length` where they have another length.
 */
export function sequenceLength(sampleShape: readonly number[], rows: number, sequence: Dim): number {
  const length = rows === 1 ? sampleShape[0] : sampleShape[1];
  if (length === undefined || sampleShape.length !== (rows === 1 ? 1 : 2)) {
    const message = `The network takes token ids, but the probe's samples are ${shapeText(sampleShape)}.`;
    throw new Failure("probe/not-tokens", message, {
      hint: "Give an array of n × length token ids: .npy, or .npz with input_ids and attention_mask.",
    });
  }
  if (typeof sequence !== "number" || sequence === length) return length;
  throw new Failure(
    "probe/sequence-length",
    `The probe's sequences have ${length} tokens, but the network takes ${sequence}.`,
    { hint: "Fill the sequences up, or cut them, to the network's length." },
  );
}
