import { Failure } from "../../core/failure.ts";
import { readRows, type StoredArray, shapeText } from "../../core/formats/storedArray.ts";
import { dtypeBits } from "../../core/graph/tensor.ts";
import type { TokenRow } from "../../core/tokens/tokenRows.ts";
import type { SampleSource } from "./sampleSource.ts";

/**
 * Token ids with what goes with them, each n × T: a sample is rows × T, the ids first.
 * @param arrays by row, the ids among them.
 * @throws Failure `probe/token-rows` where their shapes differ, or are none of n × T.
 */
export function tokenSource(arrays: ReadonlyMap<TokenRow, StoredArray>, close: () => void): SampleSource {
  const parts = [...arrays.values()];
  const [samples = 0, length = 0] = arrays.get("input_ids")?.shape ?? [];
  for (const { shape, source } of parts) {
    if (shape.length === 2 && shape[0] === samples && shape[1] === length && length > 0) continue;
    const message = `It is ${shapeText(shape)}, and token ids with what goes with them are all n × length: ${shapeText([samples, length])} here.`;
    throw new Failure("probe/token-rows", message, { file: source.name });
  }
  return {
    kind: "tokens",
    samples,
    shape: [parts.length, length],
    rows: [...arrays.keys()],
    scale: 1,
    warnings: [],
    recipe: [...arrays].map(([row, { dtype, littleEndian }]) => `${row} ${dtype} ${littleEndian}`).join(", "),
    bytes: (start, count) => Buffer.concat(parts.map((part) => storedRows(part, start, count))),
    read(start, count) {
      const values = new Float32Array(count * parts.length * length);
      for (const [row, part] of parts.entries()) {
        const read = readRows(part, start, count, "float32");
        for (let i = 0; i < count; i++) {
          values.set(read.subarray(i * length, (i + 1) * length), (i * parts.length + row) * length);
        }
      }
      return values;
    },
    close,
  };
}

function storedRows(array: StoredArray, start: number, count: number): Uint8Array {
  if (array.fortranOrder) return new Uint8Array(readRows(array, start, count, "float64").buffer);
  const rowBytes = ((array.shape[1] ?? 0) * dtypeBits[array.dtype]) / 8;
  // The next part may be read through the same buffer.
  return array.source.read(array.offset + start * rowBytes, count * rowBytes).slice();
}
