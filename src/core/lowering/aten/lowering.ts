import { Failure } from "../../failure.ts";
import type { Notice } from "../../formats/checkpoint.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import { toFloat64 } from "../../graph/numbers.ts";
import { elementCount, type Tensor } from "../../graph/tensor.ts";
import { Arguments } from "./arguments.ts";
import { type Bound, bind } from "./binding.ts";
import { type ElementKind, type KnownArray, mostElements } from "./fold/arrays.ts";
import { Handle } from "./handle.ts";
import { expand } from "./layout.ts";
import type { Operand } from "./operand.ts";
import type { Operator, Result } from "./operator.ts";
import { findOperator } from "./operators.ts";
import { parseSignature } from "./signature.ts";
import { type AtenTensor, type AtenValue, isBatchSize, isList, isTensor, type Size, sizeFor } from "./value.ts";
import { writtenBack } from "./writeBack.ts";
import { type AtenFormat, OnnxWriter } from "./writer.ts";

/** Type and shape of a tensor on the way. */
export interface AtenType {
  /** Floating-point types of any width are one, and so are integers. */
  readonly dtype: ElementKind;
  readonly shape: readonly Size[];
}

/** Views of views deeper than this are not followed. */
const deepest = 64;

/**
 * Writes calls of ATen operators down as ONNX nodes. What depends on constants alone is computed at once and leaves no node;
 * parameters stay under their own names, so that others can take their place. All floating-point types become float32, all
 * integers int64.
 */
export class AtenLowering {
  readonly #writer: OnnxWriter;

  /** @param format prefix of the codes of failures and notices. */
  constructor(builder: GraphBuilder, format: AtenFormat) {
    this.#writer = new OnnxWriter(builder, format);
  }

  /** What a user should know of how the graph was read, such as that training was switched off. */
  get notices(): readonly Notice[] {
    return [...this.#writer.notices.values()];
  }

  /** Whether {@link call} knows an operator, with or without its overload (`conv2d`, `add_.Tensor`). */
  static supports(operator: string): boolean {
    return findOperator(operator) !== undefined;
  }

  /** A tensor for a value of the builder: an input of the network. Narrow integers are widened. */
  input(value: string): AtenTensor {
    const { dtype } = this.#writer.builder.typeOf(value);
    const wide = kindOf(dtype ?? "");
    const cast = { float: 1, int: 7, bool: 9 } as const;
    const isKept = dtype === "float32" || dtype === "int64" || dtype === "bool";
    const operand = this.#writer.value(value);
    if (isKept || !wide) return new Handle(operand);
    const name = this.#writer.builder.add("Cast", [value], { to: { type: "int", value: cast[wide] } });
    return new Handle(this.#writer.value(name));
  }

  /** A tensor for a trained parameter or a buffer under its name. Buffers of integers and booleans count as constants. */
  weight(name: string, tensor: Tensor): AtenTensor {
    const { builder } = this.#writer;
    const kind = kindOf(tensor.dtype);
    if (kind === "float") return new Handle(this.#writer.value(builder.weight(name, tensor)));
    return this.constant(tensor);
  }

  /** A tensor that is known and will never be trained: what depends on constants alone is computed at once. */
  constant(tensor: Tensor): AtenTensor {
    const { dtype, shape } = tensor;
    const kind = kindOf(dtype);
    if (!kind) throw this.#writer.unsupported(`a constant has elements of type ${dtype}`);
    if (elementCount(shape) > mostElements)
      throw this.#writer.unsupported("a constant is too large to be computed with");
    let data: Float64Array | undefined;
    const array: KnownArray = {
      dtype: kind,
      shape,
      get data() {
        data ??= toFloat64(tensor);
        return data;
      },
    };
    return new Handle(this.#writer.known(array));
  }

  /**
   * Lowers one call: `conv2d` with positional and named arguments; defaults come from the operators' signatures.
   * @param operator name without `aten::`; where the overload is missing, the arguments tell it.
   * @returns what ATen returns: a tensor, or a list of several results. What cannot be had, such as the places of maxima, is
   *   null.
   * @throws Failure `pt2/unsupported-op` (`torchscript/…`) where the operator or its variant cannot be written down,
   *   `…/training-mode` where it trains and cannot be switched to evaluation, `…/bad-argument`, `…/fixed-batch` where it
   *   names a number of samples although any number may come.
   */
  call(operator: string, args: readonly AtenValue[], named: ReadonlyMap<string, AtenValue>): AtenValue {
    const w = this.#writer;
    w.operator = `aten::${operator}`;
    const found = findOperator(operator);
    if (!found) throw w.unsupported("the operator is not known");
    const name = operator.replace(/\..*$/, "");
    const base = found.inPlace ? name.slice(0, -1) : name;
    const signatures = found.operator.signatures.map(parseSignature).filter((signature) => signature.name === base);
    const bound = bind(signatures, args, named);
    if (!bound) throw w.badArgument("its arguments fit none of its signatures");
    const arguments_ = new Arguments(bound, w, operandOf);
    const result = found.operator.lower(w, arguments_);
    const self = [...bound.values()].find(isTensor);
    if (found.inPlace) return this.#write(self, result);
    return this.#wrap(result, found.operator, bound, self, []);
  }

  /** Type and shape. Sizes are numbers, or depend on the number of samples. */
  typeOf(tensor: AtenTensor): AtenType {
    const { dtype, shape } = operandOf(tensor);
    return { dtype, shape };
  }

  /** The elements of a constant, row-major, 0 and 1 for booleans; `undefined` for any other tensor. */
  dataOf(tensor: AtenTensor): ArrayLike<number> | undefined {
    return operandOf(tensor).known?.data;
  }

  #write(self: AtenTensor | undefined, result: Result): AtenValue {
    const w = this.#writer;
    if (!(self instanceof Handle) || !isOperand(result)) throw w.badArgument("there is no tensor that it could change");
    const { dtype, shape } = self.operand;
    self.write(expand(w, w.cast(result, dtype), shape));
    return self;
  }

  /** Results as tensors with their identity. `path` leads to one within a list of results. */
  #wrap(result: Result, operator: Operator, bound: Bound, self: AtenTensor | undefined, path: number[]): AtenValue {
    if (isResultList(result)) return result.map((each, i) => this.#wrap(each, operator, bound, self, [...path, i]));
    if (!isOperand(result)) return result;
    if (!(self instanceof Handle) || operator.results === "fresh") return new Handle(result);
    if (result === self.operand) return self;
    return operator.results === "view" ? this.#viewOf(self, result, operator, bound, path) : new Handle(result);
  }

  #viewOf(base: Handle, operand: Operand, operator: Operator, bound: Bound, path: readonly number[]): Handle {
    const w = this.#writer;
    if (base.depth >= deepest) return new Handle(operand);
    const label = w.operator;
    const see = (writer: OnnxWriter, x: Operand, samples: number | undefined): Operand => {
      const replaced = new Map([...bound].map(([name, value]) => [name, withSamples(value, samples)]));
      const seen = (tensor: AtenTensor) => (tensor === base ? x : ofSamples(operandOf(tensor), samples));
      let result = operator.lower(writer, new Arguments(replaced, writer, seen));
      for (const i of path) result = isResultList(result) ? (result[i] ?? null) : null;
      if (!isOperand(result)) throw writer.unsupported("its view changed");
      return result;
    };
    const within = <T>(run: () => T): T => {
      const outer = w.operator;
      w.operator = label;
      try {
        return run();
      } finally {
        w.operator = outer;
      }
    };
    return new Handle(operand, {
      base,
      see: (x) => within(() => see(w, x, undefined)),
      writeBack: (x, written) => within(() => writtenBack(w, x, written, see)),
    });
  }
}

function operandOf(tensor: AtenTensor): Operand {
  if (tensor instanceof Handle) return tensor.operand;
  throw new Failure("internal", "A tensor of another lowering.");
}

/** Kinds of element types, whatever their width. */
function kindOf(dtype: string): ElementKind | undefined {
  if (dtype === "bool") return "bool";
  if (/^u?int\d+$/.test(dtype)) return "int";
  return dtype.startsWith("float") || dtype === "bfloat16" ? "float" : undefined;
}

function isOperand(result: Result): result is Operand {
  return typeof result === "object" && result !== null && "dtype" in result;
}

function isResultList(result: Result): result is readonly Result[] {
  return Array.isArray(result);
}

/** A value with its sizes for a given number of samples. */
function withSamples(value: AtenValue, samples: number | undefined): AtenValue {
  if (samples === undefined) return value;
  if (isList(value)) return value.map((each) => withSamples(each, samples));
  return isBatchSize(value) ? sizeFor(value, samples) : value;
}

/** A tensor of which only the shape is asked for, for a given number of samples. */
function ofSamples(operand: Operand, samples: number | undefined): Operand {
  if (samples === undefined) return operand;
  const { dtype, shape, known, value } = operand;
  return { dtype, shape: shape.map((size) => sizeFor(size, samples)), known, value };
}
