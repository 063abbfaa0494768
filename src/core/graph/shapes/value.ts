import { Failure } from "../../failure.ts";
import type { Node } from "../graph.ts";
import type { DType } from "../tensor.ts";

/** Sizes, all known. */
export type Shape = readonly number[];

/** What inference knows of one value. */
export interface Value {
  readonly dtype: DType | undefined;
  /** `undefined` where the shape depends on data. */
  readonly shape: Shape | undefined;
  /** The elements, row-major, where they follow from shapes and small constants alone; 0 and 1 for booleans. */
  readonly data?: readonly number[] | undefined;
}

export const unknownValue: Value = { dtype: undefined, shape: undefined };

/** One use of an operator: what its rule sees. */
export interface Call {
  readonly node: Node;
  /** In the node's order; `undefined` is an omitted optional input. */
  readonly inputs: readonly (Value | undefined)[];
}

/** The shapes of a call's outputs, in the node's order; a rule throws {@link notKnown} where it needs more than there is. */
export type ShapeRule = (call: Call) => readonly (Shape | undefined)[];

/** Thrown by rules, caught by the inference: the outputs stay unknown. One object, since it is no error and needs no stack. */
export const notKnown: unique symbol = Symbol("not known");

/** Shape of a mandatory input. */
export function shapeAt(call: Call, index: number): Shape {
  const shape = call.inputs[index]?.shape;
  if (shape === undefined) throw notKnown;
  return shape;
}

/** Elements of a mandatory input. */
export function dataAt(call: Call, index: number): readonly number[] {
  const data = call.inputs[index]?.data;
  if (data === undefined) throw notKnown;
  return data;
}

/** Elements of an optional input; `undefined` where it is omitted. */
export function optionalData(call: Call, index: number): readonly number[] | undefined {
  return call.inputs[index] === undefined ? undefined : dataAt(call, index);
}

/** An attribute of kind `int`, or what the operator takes in its absence. */
export function intOf<T>({ node }: Call, name: string, otherwise: T): number | T {
  const found = node.attributes.get(name);
  return found?.type === "int" ? found.value : otherwise;
}

/** An attribute of kind `ints`; `undefined` where it is absent. */
export function intsOf({ node }: Call, name: string): readonly number[] | undefined {
  const found = node.attributes.get(name);
  return found?.type === "ints" ? found.value : undefined;
}

/** An attribute of kind `string`, or what the operator takes in its absence. */
export function textOf({ node }: Call, name: string, otherwise: string): string {
  const found = node.attributes.get(name);
  return found?.type === "string" ? found.value : otherwise;
}

/** An axis counted from the front. */
export function axisOf(call: Call, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (counted < 0 || counted >= rank) throw mismatch(call, `axis ${axis} of a value with ${rank} axes`);
  return counted;
}

/**
 * The shape that operands broadcast to, by the rules of NumPy that ONNX shares.
 * @throws Failure `onnx/shape-mismatch` where they do not fit.
 */
export function broadcast(call: Call, shapes: readonly Shape[]): Shape {
  let result: Shape = [];
  for (const shape of shapes) {
    const [long, short] = result.length >= shape.length ? [result, shape] : [shape, result];
    const ahead = long.length - short.length;
    result = long.map((size, axis) => {
      const other = axis < ahead ? 1 : short[axis - ahead]!;
      if (size !== other && size !== 1 && other !== 1) throw mismatch(call, `${write(shapes)} do not broadcast`);
      return size === 1 ? other : size;
    });
  }
  return result;
}

/** The failure of an operator that cannot take what it is given. */
export function mismatch({ node }: Call, problem: string): Failure {
  const where = node.name || node.outputs[0] || "unnamed";
  return new Failure("onnx/shape-mismatch", `The operator ${node.op} (${where}) does not fit its input: ${problem}.`, {
    hint: "Check that the probe has the size, channels and layout that the network takes.",
  });
}

/** Shapes for messages: `2×3 and 4×3`. */
export function write(shapes: readonly Shape[]): string {
  return shapes.map((shape) => (shape.length === 0 ? "a scalar" : shape.join("×"))).join(" and ");
}
