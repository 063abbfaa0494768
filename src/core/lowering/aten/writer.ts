import { Failure } from "../../failure.ts";
import type { Notice } from "../../formats/checkpoint.ts";
import { numberOfDtype } from "../../formats/onnx/dtypes.ts";
import { int } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Attribute } from "../../graph/graph.ts";
import { elementCount, float32Tensor, type Tensor } from "../../graph/tensor.ts";
import { type ElementKind, intArray, type KnownArray, mostElements, scalarArray, tooLarge } from "./fold/arrays.ts";
import { elementwiseFoldings } from "./fold/elementwise.ts";
import type { Folding } from "./fold/folding.ts";
import { indexingFoldings } from "./fold/indexing.ts";
import { structureFoldings } from "./fold/structure.ts";
import { concrete, type Operand, sizeOfDim } from "./operand.ts";
import { factorOf, offsetOf, type Size } from "./value.ts";

const foldings: ReadonlyMap<string, Folding> = new Map([
  ...elementwiseFoldings,
  ...structureFoldings,
  ...indexingFoldings,
]);

/** Elements of all arrays that may be known while one network is lowered. */
const mostKnownElements = 2 ** 26;

/** Nodes or results of one call. */
const mostRepetitions = 65_536;

/** ONNX's element types of the kinds that are told apart here. */
export const onnxTypes = { float: "float32", int: "int64", bool: "bool" } as const;

/** The kind of an element type of ONNX; narrow integers must have been widened. */
const kinds: ReadonlyMap<string | undefined, ElementKind> = new Map([
  ["float32", "float"],
  ["int64", "int"],
  ["bool", "bool"],
]);

/** Formats whose operators are ATen's: prefixes of codes. */
export type AtenFormat = "pt2" | "torchscript";

/**
 * Writes ONNX nodes for operators of PyTorch. What depends on known arrays alone is computed instead of written, so that
 * position tables and masks leave no nodes.
 */
export class OnnxWriter {
  readonly builder: GraphBuilder;
  readonly format: AtenFormat;
  /** What a user should know, by code. */
  readonly notices = new Map<string, Notice>();
  /** The call that is being lowered, for messages: `aten::conv2d`. */
  operator = "";
  #knownElements = 0;
  #batch: string | undefined;

  constructor(builder: GraphBuilder, format: AtenFormat) {
    this.builder = builder;
    this.format = format;
  }

  /** A value of the builder. The first whose first axis is the samples' tells how many there are when the network runs. */
  value(name: string): Operand {
    const operand = new ValueOperand(this, name);
    const first = this.builder.typeOf(name).shape?.[0];
    if (first === "batch") this.#batch ??= name;
    return operand;
  }

  /** A known array. @param give makes the value once it is needed; a constant without a name of its own otherwise. */
  known(array: KnownArray, give?: () => string): Operand {
    return new KnownOperand(array, give ?? (() => this.#constant(array)));
  }

  /** A list of integers, or one without axes. */
  ints(values: readonly number[] | number): Operand {
    const odd = (typeof values === "number" ? [values] : values).find((value) => !Number.isInteger(value));
    if (odd !== undefined) throw this.badArgument(`${odd} stands where an integer should`);
    return this.known(typeof values === "number" ? scalarArray("int", values) : intArray(values));
  }

  /** A number without axes. */
  scalar(value: number, dtype: ElementKind = "float"): Operand {
    return this.known(scalarArray(dtype, value));
  }

  /** Numbers by their row-major position. @throws Failure `…/unsupported-op` for more than are ever computed. */
  table(shape: readonly number[], dtype: ElementKind, element: (position: number) => number): Operand {
    const count = elementCount(shape);
    if (!(count >= 0 && count <= mostElements))
      throw this.unsupported(`it needs a table of ${shape.join("×")} elements`);
    const data = new Float64Array(count);
    for (let i = 0; i < count; i++) data[i] = element(i);
    return this.known({ dtype, shape, data });
  }

  /** One operator of ONNX with one result. An input that is omitted is `undefined`. */
  add(
    op: string,
    inputs: readonly (Operand | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Operand {
    return this.addAll(op, inputs, attributes, 1)[0]!;
  }

  /** One operator of ONNX with several results. */
  addAll(
    op: string,
    inputs: readonly (Operand | undefined)[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
  ): readonly Operand[] {
    const folded = this.#fold(op, inputs, attributes);
    if (folded) return folded.map((array) => this.known(array));
    const names = inputs.map((input) => input?.value ?? "");
    return this.builder.addAll(op, names, attributes, outputs).map((name) => new ValueOperand(this, name));
  }

  /** An operand as another kind of elements. */
  cast(x: Operand, dtype: ElementKind): Operand {
    return x.dtype === dtype ? x : this.add("Cast", [x], { to: int(numberOfDtype(onnxTypes[dtype])) });
  }

  /** A list of sizes as a value: a constant, or computed from the number of samples. */
  sizes(sizes: readonly Size[]): Operand {
    const numbers = concrete(sizes);
    if (numbers) return this.ints(numbers);
    return this.add(
      "Concat",
      sizes.map((each) => this.#sizeList(each)),
      { axis: int(0) },
    );
  }

  /** A size as a value without axes. */
  size(size: Size): Operand {
    return typeof size === "number" ? this.ints(size) : this.add("Squeeze", [this.#sizeList(size), this.ints([0])]);
  }

  /** How often something is done for one call. @throws Failure `…/unsupported-op` for what no network would ask. */
  bounded(count: number): number {
    if (Number.isInteger(count) && count >= 0 && count <= mostRepetitions) return count;
    throw this.unsupported(`it would take ${count} steps`);
  }

  /** The failure of a variant of the operator that cannot be written down. */
  unsupported(problem: string): Failure {
    return new Failure(`${this.format}/unsupported-op`, `${this.#place()} cannot be read: ${problem}.`, {
      hint: "Export the network to ONNX and compare that file.",
    });
  }

  /** The failure of a call whose arguments contradict the operator. */
  badArgument(problem: string): Failure {
    return new Failure(`${this.format}/bad-argument`, `${this.#place()}: ${problem}.`);
  }

  /** The failure of an operator that trains and has no other way. */
  trains(problem: string): Failure {
    return new Failure(`${this.format}/training-mode`, `${this.#place()} ${problem}.`, {
      hint: "Export the network after model.eval().",
    });
  }

  /** Notes, once, what a user should know. `code` is completed by the format. */
  notice(code: string, message: string): void {
    this.notices.set(code, { code: `${this.format}/${code}`, message });
  }

  #place(): string {
    const { module } = this.builder;
    return module === "" ? this.operator : `${this.operator} in ${module}`;
  }

  #sizeList(size: Size): Operand {
    if (typeof size === "number") return this.ints([size]);
    if (this.#batch === undefined) throw this.unsupported("it depends on the number of samples, which no input tells");
    let list = this.#nodes("Shape", [this.#batch], { start: int(0), end: int(1) });
    if (factorOf(size) !== 1) list = this.add("Mul", [list, this.ints([factorOf(size)])]);
    return offsetOf(size) === 0 ? list : this.add("Add", [list, this.ints([offsetOf(size)])]);
  }

  #nodes(op: string, names: readonly string[], attributes: Readonly<Record<string, Attribute>>): Operand {
    return new ValueOperand(this, this.builder.add(op, names, attributes));
  }

  #fold(
    op: string,
    inputs: readonly (Operand | undefined)[],
    attributes: Readonly<Record<string, Attribute>>,
  ): readonly KnownArray[] | undefined {
    const folding = foldings.get(op);
    if (!folding || inputs.some((input) => input !== undefined && input.known === undefined)) return undefined;
    if (this.#knownElements > mostKnownElements) return undefined;
    try {
      const arrays = folding(
        inputs.map((input) => input?.known),
        new Map(Object.entries(attributes)),
      );
      for (const { data } of arrays ?? []) this.#knownElements += data.length;
      return arrays;
    } catch (error) {
      if (error === tooLarge) return undefined;
      throw error;
    }
  }

  /** Lists and numbers are shared where they are equal. */
  #constant({ dtype, shape, data }: KnownArray): string {
    const isShared = shape.length < 2 && data.length <= 64;
    if (dtype === "bool") return this.builder.constant(boolTensor(shape, data));
    if (!isShared)
      return this.builder.constant(dtype === "float" ? float32Tensor(shape, data) : longTensor(shape, data));
    const list = dtype === "float" ? Array.from(data) : Array.from(data, saturated);
    const value = shape.length === 0 ? list[0]! : list;
    return dtype === "float" ? this.builder.floats(value) : this.builder.ints(value);
  }
}

/** A value of the builder, whose type is asked for when it is needed. */
class ValueOperand implements Operand {
  readonly known = undefined;
  readonly value: string;
  readonly #writer: OnnxWriter;
  #type: { dtype: ElementKind; shape: readonly Size[] } | undefined;

  constructor(writer: OnnxWriter, value: string) {
    this.#writer = writer;
    this.value = value;
  }

  get dtype(): ElementKind {
    return this.#typed().dtype;
  }

  get shape(): readonly Size[] {
    return this.#typed().shape;
  }

  #typed(): { dtype: ElementKind; shape: readonly Size[] } {
    if (!this.#type) {
      const { dtype, shape } = this.#writer.builder.typeOf(this.value);
      const sizes = shape?.map(sizeOfDim);
      const kind = kinds.get(dtype);
      if (!kind) throw this.#writer.unsupported(`${this.value} has elements of type ${dtype ?? "unknown"}`);
      if (!sizes?.every((each) => each !== undefined)) {
        throw this.#writer.unsupported(
          `the shape of ${this.value} depends on the samples' values or in an odd way on their number`,
        );
      }
      this.#type = { dtype: kind, shape: sizes };
    }
    return this.#type;
  }
}

class KnownOperand implements Operand {
  readonly known: KnownArray;
  readonly #give: () => string;
  #value: string | undefined;

  constructor(known: KnownArray, give: () => string) {
    this.known = known;
    this.#give = give;
  }

  get dtype(): ElementKind {
    return this.known.dtype;
  }

  get shape(): readonly number[] {
    return this.known.shape;
  }

  get value(): string {
    this.#value ??= this.#give();
    return this.#value;
  }
}

/** Integers end at 64 bits; beyond, exporters mean "to the end". */
function saturated(x: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.min(Math.max(Math.trunc(x), -(2 ** 63)), 2 ** 63 - 1024);
}

function longTensor(shape: readonly number[], data: Float64Array): Tensor {
  const values = new BigInt64Array(data.length);
  for (let i = 0; i < data.length; i++) values[i] = BigInt(saturated(data[i]!));
  return { dtype: "int64", shape, bytes: () => new Uint8Array(values.buffer.slice(0)) };
}

function boolTensor(shape: readonly number[], data: Float64Array): Tensor {
  return { dtype: "bool", shape, bytes: () => Uint8Array.from(data, (e) => (e === 0 ? 0 : 1)) };
}
