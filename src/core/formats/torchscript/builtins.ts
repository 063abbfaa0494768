/** Operators by the names that an archive's code has for them. */

const operatorPattern = /^(?:torch|ops\.(?:aten|prim))\.(\w+)$/;

/** Functions of Python that the printer writes without a module. */
const builtins: ReadonlyMap<string, string> = new Map([
  ["int", "Int"],
  ["float", "Float"],
  ["bool", "Bool"],
  ["str", "str"],
  ["unchecked_unwrap_optional", "unchecked_unwrap_optional"],
  ["_unwrap_optional", "unchecked_unwrap_optional"],
]);

/** The operator that a name of the code stands for. */
export function operatorOf(name: string): string | undefined {
  return operatorPattern.exec(name)?.[1] ?? builtins.get(name);
}

/** `annotate(int, x)` takes the number out of a tensor. */
export const scalarCasts: ReadonlyMap<string, string> = new Map([
  ["int", "Int"],
  ["float", "Float"],
  ["bool", "Bool"],
  ["number", "item"],
]);
