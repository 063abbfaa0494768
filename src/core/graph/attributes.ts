import type { Attribute, Graph } from "./graph.ts";
import type { Tensor } from "./tensor.ts";

/** Attributes of nodes, by kind: `{ axis: int(1), kernel_shape: ints([3, 3]) }`. */

export const int = (value: number): Attribute => ({ type: "int", value });
export const ints = (value: readonly number[]): Attribute => ({ type: "ints", value });
export const float = (value: number): Attribute => ({ type: "float", value });
export const text = (value: string): Attribute => ({ type: "string", value });
export const tensor = (value: Tensor): Attribute => ({ type: "tensor", value });
export const graph = (value: Graph): Attribute => ({ type: "graph", value });
