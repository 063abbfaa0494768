import type { Dim } from "../../graph/graph.ts";
import type { ElementKind, KnownArray } from "./fold/arrays.ts";
import { type Size, size } from "./value.ts";

/** A value of the ONNX graph on the way, or an array that is known and is no value of it yet. It never changes. */
export interface Operand {
  readonly dtype: ElementKind;
  readonly shape: readonly Size[];
  /** The elements, where they follow from constants. */
  readonly known: KnownArray | undefined;
  /** Name in the graph builder; a known array becomes an initializer when it is asked for. */
  readonly value: string;
}

/** A size as the graph builder writes it (`3`, `"batch"`, `"4*batch"`); `undefined` for any other. */
export function sizeOfDim(dim: Dim): Size | undefined {
  if (typeof dim === "number") return dim;
  const factor = dim === undefined ? undefined : /^(?:(\d+(?:\.\d+)?)\*)?batch$/.exec(dim);
  return factor ? size(Number(factor[1] ?? 1), 0) : undefined;
}

/** Sizes that all are numbers; `undefined` where one depends on the number of samples. */
export function concrete(shape: readonly Size[]): readonly number[] | undefined {
  return shape.every((each) => typeof each === "number") ? shape : undefined;
}
