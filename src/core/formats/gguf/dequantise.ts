import type { Tensor } from "../../graph/tensor.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import type { Quantisation } from "./quantisations.ts";
import type { GgufType } from "./types.ts";

/** Blocks read at a time. */
const blocksAtOnce = 4096;

/** A float32 tensor over quantised blocks, which are read and widened when the elements are asked for. */
export function dequantised(
  type: GgufType & { readonly quantisation: Quantisation },
  shape: readonly number[],
  source: ByteSource,
  offset: number,
): Tensor {
  const { blockElements, blockBytes, quantisation } = type;
  const elements = () => {
    const widened = new Float32Array(elementCount(shape));
    const blocks = widened.length / blockElements;
    for (let first = 0; first < blocks; first += blocksAtOnce) {
      const count = Math.min(blocksAtOnce, blocks - first);
      const bytes = source.read(offset + first * blockBytes, count * blockBytes);
      for (let i = 0; i < count; i++) {
        const block = new DataView(bytes.buffer, bytes.byteOffset + i * blockBytes, blockBytes);
        widen(block, quantisation, widened, (first + i) * blockElements, blockElements);
      }
    }
    return widened;
  };
  return { dtype: "float32", shape, bytes: () => new Uint8Array(elements().buffer) };
}

/** Widens one block into `count` elements from `start` on. */
function widen(
  block: DataView,
  quantisation: Quantisation,
  elements: Float32Array,
  start: number,
  count: number,
): void {
  const { groupElements } = quantisation;
  for (let first = 0; first < count; first += groupElements) {
    const group = first / groupElements;
    const scale = quantisation.scale(block, group);
    const minimum = quantisation.minimum?.(block, group) ?? 0;
    // Scale times level needs fewer than 24 bits: the only rounding is that of the difference, as in float32.
    for (let i = first; i < first + groupElements; i++) {
      elements[start + i] = scale * quantisation.level(block, i) - minimum;
    }
  }
}
