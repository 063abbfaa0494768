import { Failure } from "../failure.ts";
import type { Notice } from "../formats/checkpoint.ts";
import type { Program } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { ElementScan } from "./elementScan.ts";
import type { TensorRole } from "./tensorRole.ts";

/** A checkpoint of which every tensor was looked at. */
export interface CheckedFile {
  readonly tensors: readonly CheckedTensor[];
  /** What its reader has to say of it. */
  readonly notices: readonly Notice[];
  /** The network in it, as the file has it; absent where there is none. */
  readonly program?: Program;
}

export interface CheckedTensor {
  readonly name: string;
  readonly tensor: Tensor;
  readonly role: TensorRole;
  /** Why its elements cannot be read, where they cannot. */
  readonly scan: ElementScan | Failure;
}

/** A tensor whose elements could be read. */
export interface ScannedTensor extends CheckedTensor {
  readonly scan: ElementScan;
}

/** The tensors whose elements could be read. */
export function scanned({ tensors }: CheckedFile): readonly ScannedTensor[] {
  return tensors.filter((each): each is ScannedTensor => !(each.scan instanceof Failure));
}
