/** What flows between the operators of a PyTorch graph, and arithmetic on sizes that grow with the number of samples. */

/**
 * An argument or a result of an ATen operator. Types (`dtype=`) are numbers as `c10::ScalarType` counts them; devices are
 * strings; memory formats and layouts are numbers that nothing depends on.
 */
export type AtenValue = AtenTensor | AtenSize | AtenFloat | number | boolean | string | null | readonly AtenValue[];

/**
 * A tensor: a handle with PyTorch's identity. An operator that works in place changes what the handle, what it is a view of,
 * and the other views of that stand for.
 */
export interface AtenTensor {
  readonly kind: "tensor";
  /** Name in the graph builder of what the tensor holds now. Asking for it makes an initializer of a constant. */
  readonly value: string;
}

/** An integer that depends on the number of samples: `factor · batch + offset`, with a factor other than 0. */
export interface AtenSize {
  readonly kind: "size";
  readonly factor: number;
  readonly offset: number;
}

/**
 * A floating-point number, for those that look like integers: `full([2], 1.)` is a tensor of floats. A plain number counts as
 * an integer where it is one. Operators do not return these.
 */
export interface AtenFloat {
  readonly kind: "float";
  readonly value: number;
}

/** A size of a tensor. */
export type Size = number | AtenSize;

/** The number of samples. */
export const batch: AtenSize = { kind: "size", factor: 1, offset: 0 };

/** Whether a value is a tensor. */
export function isTensor(value: AtenValue | undefined): value is AtenTensor {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "tensor";
}

/** Whether a value is a size that depends on the number of samples. */
export function isBatchSize(value: AtenValue | undefined): value is AtenSize {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "size";
}

/** Whether a value is a number that is marked as floating-point. */
export function isFloat(value: AtenValue | undefined): value is AtenFloat {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "float";
}

/** Whether a value is a list. */
export function isList(value: AtenValue | undefined): value is readonly AtenValue[] {
  return Array.isArray(value);
}

/** `a + b`. */
export function addSizes(a: Size, b: Size): Size {
  return size(factorOf(a) + factorOf(b), offsetOf(a) + offsetOf(b));
}

/** `a · b`; `undefined` where both depend on the number of samples. */
export function multiplySizes(a: Size, b: Size): Size | undefined {
  if (factorOf(a) !== 0 && factorOf(b) !== 0) return undefined;
  return size(factorOf(a) * offsetOf(b) + factorOf(b) * offsetOf(a), offsetOf(a) * offsetOf(b));
}

/** `⌊a / b⌋`; `undefined` where it is not a multiple of the number of samples for any number of them, or `b` is 0. */
export function divideSizes(a: Size, b: Size): Size | undefined {
  if (b === 0) return undefined;
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  if (typeof b === "number") {
    return factorOf(a) % b === 0 ? size(factorOf(a) / b, Math.floor(offsetOf(a) / b)) : undefined;
  }
  const quotient = factorOf(a) / b.factor;
  return Number.isInteger(quotient) && offsetOf(a) === quotient * b.offset ? quotient : undefined;
}

/** Whether two sizes are equal for any number of samples. */
export function equalSizes(a: Size, b: Size): boolean {
  return factorOf(a) === factorOf(b) && offsetOf(a) === offsetOf(b);
}

/** `factor · batch + offset`, a plain number where the factor is 0. */
export function size(factor: number, offset: number): Size {
  return factor === 0 ? offset : { kind: "size", factor, offset };
}

/** How much a size grows with each sample. */
export function factorOf(a: Size): number {
  return typeof a === "number" ? 0 : a.factor;
}

/** What of a size does not depend on the samples. */
export function offsetOf(a: Size): number {
  return typeof a === "number" ? a : a.offset;
}

/** The size that a size is for a number of samples. */
export function sizeFor(a: Size, samples: number): number {
  return factorOf(a) * samples + offsetOf(a);
}

/** A size for messages: `3`, `batch`, `4·batch + 1`. */
export function writeSize(a: Size): string {
  if (typeof a === "number") return String(a);
  const product = a.factor === 1 ? "batch" : `${a.factor}·batch`;
  return a.offset === 0 ? product : `${product} + ${a.offset}`;
}
