import { batchAxis } from "../../graph/builder.ts";
import type { Dim } from "../../graph/graph.ts";
import type { Shape } from "../../graph/shapes/value.ts";
import type { DType } from "../../graph/tensor.ts";
import { batch, type Size, sizeFor } from "../../lowering/aten/value.ts";
import { evaluateExpression, symbolIn } from "./expression.ts";
import { isObject, type Json, listOf, malformed, numberOf, objectOf } from "./json.ts";
import type { ExportedProgram } from "./program.ts";
import { dtypeOf } from "./scalarTypes.ts";
import { memberOf } from "./union.ts";

/** A tensor that the network is given: its type, and its sizes as the export has them. */
export interface UserInput {
  readonly value: string;
  readonly dtype: DType;
  readonly sizes: readonly ExportedSize[];
}

/** A number, or an expression of symbols with what it was when the network was exported. */
export type ExportedSize = number | { readonly expression: string; readonly hint: number | undefined };

/** The tensors that the network is given, in order. */
export function userInputs({ graph, inputs }: ExportedProgram): UserInput[] {
  return inputs.flatMap((input) => {
    if (input.kind !== "user") return [];
    const meta = objectOf(graph.tensors.get(input.value), `the type of ${input.value}`);
    const dtype = dtypeOf(numberOf(meta.dtype, `the type of ${input.value}`));
    return [{ value: input.value, dtype, sizes: listOf(meta.sizes, `the shape of ${input.value}`).map(exportedSize) }];
  });
}

/** Reads a size: `{as_int}`, `{as_expr: {expr_str, hint}}`. */
export function exportedSize(json: Json): ExportedSize {
  if (typeof json === "number") return json;
  const member = memberOf(json);
  if (member?.tag === "as_int") return numberOf(member.value, "a size");
  if (member?.tag !== "as_expr" || !isObject(member.value) || typeof member.value.expr_str !== "string") {
    throw malformed("a size is neither a number nor an expression");
  }
  const hint = memberOf(member.value.hint ?? null);
  return { expression: member.value.expr_str, hint: typeof hint?.value === "number" ? hint.value : undefined };
}

/** Sizes of one sample of the first input: symbols where any size will do. */
export function sampleSizes(inputs: readonly UserInput[]): readonly Dim[] | undefined {
  return inputs[0]?.sizes.slice(1).map((size) => (typeof size === "number" ? size : symbolIn(size.expression)));
}

/**
 * What stands for each symbol: the number of samples for that of the first input's first axis, the sizes of the sample for
 * those of its other axes, and for the rest what it was exported with.
 */
export function bindSymbols(
  inputs: readonly UserInput[],
  least: ReadonlyMap<string, number>,
  sampleShape: Shape | undefined,
): Map<string, Size> {
  const symbols = new Map<string, Size>();
  for (const [i, { sizes }] of inputs.entries()) {
    for (const [axis, size] of sizes.entries()) {
      const symbol = typeof size === "number" ? undefined : symbolIn(size.expression);
      if (typeof size === "number" || symbol === undefined || symbols.has(symbol)) continue;
      const given = i === 0 && axis > 0 ? sampleShape?.[axis - 1] : undefined;
      const isBatch = i === 0 && axis === 0;
      symbols.set(symbol, isBatch ? batch : (given ?? size.hint ?? Math.max(1, least.get(symbol) ?? 1)));
    }
  }
  return symbols;
}

/** The shape of an input for the graph builder, with what stands for its symbols while shapes are inferred. */
export function builderShape(
  { value, sizes }: UserInput,
  symbols: ReadonlyMap<string, Size>,
): readonly (number | typeof batchAxis)[] {
  return sizes.map((size) => {
    const known = typeof size === "number" ? size : evaluateExpression(size.expression, symbols);
    if (known === undefined) throw malformed(`the shape of ${value} cannot be worked out`);
    if (typeof known === "number") return known;
    if (sizeFor(known, 1) === 1 && sizeFor(known, 2) === 2) return batchAxis;
    throw malformed(`the shape of ${value} depends on the number of samples in an odd way`);
  });
}
