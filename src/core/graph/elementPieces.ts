import { toFloat32, toFloat64 } from "./numbers.ts";
import { byteLength, type DType, elementCount, type Tensor } from "./tensor.ts";

/** Elements in memory at a time; a multiple of what shares a byte. 4 MiB of float32, 8 MiB once widened. */
const chunkElements = 1 << 20;

/** Some elements of a tensor, as they are stored and as numbers. Complex numbers are pairs. */
export interface ElementPiece {
  readonly bytes: Uint8Array;
  readonly numbers: Float32Array | Float64Array;
}

/**
 * The elements of a tensor from the first to the last, at most 2²⁰ at a time, read in pieces wherever they stand in a file
 * as they are. Tensors of equal shapes give pieces of equal lengths. Nothing of a string tensor.
 * @throws Failure where the elements cannot be read or decoded.
 */
export function* elementPieces(tensor: Tensor): Generator<ElementPiece> {
  const { dtype, stored } = tensor;
  if (dtype === "string") return;
  const count = elementCount(tensor.shape);
  // The rare tensor that has to be decoded as a whole, and those that are in memory already.
  const whole = stored === undefined && count > 0 ? tensor.bytes() : undefined;
  for (let first = 0; first < count; first += chunkElements) {
    const elements = Math.min(chunkElements, count - first);
    const offset = byteLength({ dtype, shape: [first] });
    const length = byteLength({ dtype, shape: [elements] });
    const bytes = whole?.subarray(offset, offset + length) ?? stored!.source.read(stored!.offset + offset, length);
    yield { bytes, numbers: widen(dtype, elements, bytes) };
  }
}

/** Without loss; float32 is looked at as it is where the processor's byte order and the alignment allow. */
function widen(dtype: DType, count: number, bytes: Uint8Array): Float32Array | Float64Array {
  const piece = { dtype, shape: [count], bytes: () => bytes };
  return dtype === "float32" ? toFloat32(piece) : toFloat64(piece);
}
