import { isScalar } from "./scalars.ts";
import type { Expression } from "./syntax.ts";
import { isTensorValue } from "./tensors.ts";
import { Dict, Float, List, ScriptObject, Unknown, type Value } from "./values.ts";

/** Whether a value is of a type, or of one of several, as `isinstance` says. What elements a list has is not asked. */
export function hasType(value: Value, type: Expression): boolean | Unknown {
  if (value instanceof Unknown) return value;
  const types = type.kind === "tuple" || type.kind === "list" ? type.items : [type];
  return types.some((one) => isOf(value, one));
}

function isOf(value: Value, type: Expression): boolean {
  const name = type.kind === "index" ? type.base : type;
  switch (name.kind === "name" ? name.name : name.kind) {
    case "Tensor":
      return isTensorValue(value);
    case "int":
      return isScalar(value) && !(value instanceof Float) && typeof value !== "boolean";
    case "float":
      return value instanceof Float;
    case "bool":
      return typeof value === "boolean";
    case "str":
      return typeof value === "string";
    case "List":
    case "list":
    case "Tuple":
    case "tuple":
      return value instanceof List;
    case "Dict":
    case "dict":
      return value instanceof Dict;
    case "NoneType":
      return value === null;
    case "Optional":
      return value === null || (type.kind === "index" && hasType(value, type.index) === true);
    default:
      return value instanceof ScriptObject;
  }
}
