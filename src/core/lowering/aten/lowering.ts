import { Failure } from "../../failure.ts";
import type { Notice } from "../../formats/checkpoint.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { AtenTensor, AtenValue, Size } from "./value.ts";

/** Type and shape of a tensor on the way. */
export interface AtenType {
  /** Floating-point types of any width are one, and so are integers. */
  readonly dtype: "float" | "int" | "bool";
  readonly shape: readonly Size[];
}

/**
 * Writes calls of ATen operators down as ONNX nodes. Operators whose tensors all are constants are computed at once and
 * leave no node; parameters stay under their own names, so that others can take their place.
 */
export class AtenLowering {
  /** What a user should know of how the graph was read, such as that training was switched off. */
  readonly notices: readonly Notice[] = [];
  readonly #builder: GraphBuilder;
  readonly #format: string;

  /** @param format prefix of the codes of failures and notices. */
  constructor(builder: GraphBuilder, format: "pt2" | "torchscript") {
    this.#builder = builder;
    this.#format = format;
  }

  /** Whether {@link call} knows an operator, with or without its overload (`conv2d`, `add_.Tensor`). */
  static supports(_operator: string): boolean {
    return false;
  }

  /** A tensor for a value of the builder: an input of the network. */
  input(_value: string): AtenTensor {
    throw this.#unfinished();
  }

  /** A tensor for a trained parameter or a buffer under its name. Buffers of integers count as constants. */
  weight(_name: string, _tensor: Tensor): AtenTensor {
    throw this.#unfinished();
  }

  /** A tensor that is known and will never be trained: what depends on constants alone is computed at once. */
  constant(_tensor: Tensor): AtenTensor {
    throw this.#unfinished();
  }

  /**
   * Lowers one call: `conv2d` with positional and named arguments; defaults come from ATen's schemas.
   * @param operator name without `aten::`; where the overload is missing, the arguments tell it.
   * @returns what ATen returns: a tensor, or a list of several results.
   * @throws Failure `pt2/unsupported-op` (`torchscript/…`) where the operator or its variant cannot be written down,
   *   `…/training-mode` where it trains and cannot be switched to evaluation, `…/bad-argument`.
   */
  call(_operator: string, _args: readonly AtenValue[], _named: ReadonlyMap<string, AtenValue>): AtenValue {
    throw this.#unfinished();
  }

  /** Type and shape. Sizes are numbers, or depend on the number of samples. */
  typeOf(_tensor: AtenTensor): AtenType {
    throw this.#unfinished();
  }

  /** The elements of a constant, row-major, 0 and 1 for booleans; `undefined` for any other tensor. */
  dataOf(_tensor: AtenTensor): ArrayLike<number> | undefined {
    throw this.#unfinished();
  }

  #unfinished(): Failure {
    return new Failure(`${this.#format}/unsupported-op`, `Nothing is lowered yet (${this.#builder.module}).`);
  }
}
