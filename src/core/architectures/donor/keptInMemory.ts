import { byteLength, type Tensor } from "../../graph/tensor.ts";

/** Most bytes of tensors that are kept; what goes beyond is read at each use. */
const mostBytes = 1 << 28;

/** Tensors that are read once, for a search that looks at each many times. */
export function keptInMemory(tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  let left = mostBytes;
  const kept = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const size = byteLength(tensor);
    if (size > left) {
      kept.set(name, tensor);
      continue;
    }
    left -= size;
    let bytes: Uint8Array | undefined;
    const { dtype, shape } = tensor;
    kept.set(name, {
      dtype,
      shape,
      bytes() {
        bytes ??= tensor.bytes();
        return bytes;
      },
    });
  }
  return kept;
}
