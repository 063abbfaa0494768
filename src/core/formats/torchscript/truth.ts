import type { AtenLowering } from "../../lowering/aten/lowering.ts";
import { computeScalar, isScalar } from "./scalars.ts";
import { dottedName, type Statement } from "./syntax.ts";
import { inspectTensor, isTensorValue } from "./tensors.ts";
import { List, Unknown, type Value } from "./values.ts";

/** Whether a value counts as true in a condition; unknown where that depends on the samples. */
export function truthOf(value: Value, lowering: AtenLowering): boolean | Unknown {
  if (isScalar(value)) {
    const truth = computeScalar("Bool", [value]);
    return typeof truth === "boolean" || truth instanceof Unknown ? truth : true;
  }
  if (isTensorValue(value)) {
    const truth = inspectTensor("Bool", value, [value], lowering);
    return typeof truth === "boolean" ? truth : new Unknown("a condition on a tensor's elements");
  }
  if (value instanceof List) return value.items.length > 0;
  return value !== null && value !== "";
}

/** Whether a statement only raises. */
export function raises(statement: Statement): boolean {
  if (statement.kind === "raise") return true;
  const call = statement.kind === "expression" && statement.value.kind === "call" ? statement.value : undefined;
  return call !== undefined && dottedName(call.callee) === "ops.prim.RaiseException";
}
