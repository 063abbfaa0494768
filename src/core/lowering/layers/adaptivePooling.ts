import { float32Tensor, type Tensor } from "../../graph/tensor.ts";

/**
 * What each of `size` outputs takes of `length` elements in PyTorch's adaptive average pooling: output `i` is the mean from
 * ⌊i·length/size⌋ up to ⌈(i+1)·length/size⌉.
 * @returns a `size` × `length` matrix, or its transpose.
 */
export function poolingMatrix(length: number, size: number, transpose: boolean): Tensor {
  const values = new Float32Array(length * size);
  for (let i = 0; i < size; i++) {
    const start = Math.floor((i * length) / size);
    const end = Math.ceil(((i + 1) * length) / size);
    for (let j = start; j < end; j++) values[transpose ? j * size + i : i * length + j] = 1 / (end - start);
  }
  return float32Tensor(transpose ? [length, size] : [size, length], values);
}
