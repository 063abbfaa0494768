import type { Expression, FunctionDefinition } from "./syntax.ts";
import type { Value } from "./values.ts";

/** Values by the names of variables. */
export type Frame = Map<string, Value>;

/**
 * The variables that a function begins with.
 * @param evaluate gives the value of a parameter's default.
 * @returns a sentence that says what is wrong where a parameter gets no value.
 */
export function bindParameters(
  { name: callee, parameters }: FunctionDefinition,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  evaluate: (fallback: Expression) => Value,
): Frame | string {
  const frame: Frame = new Map();
  for (const [i, { name, fallback }] of parameters.entries()) {
    const value = args[i] ?? named.get(name);
    if (value !== undefined) frame.set(name, value);
    else if (args.length > i) frame.set(name, null);
    else if (fallback) frame.set(name, evaluate(fallback));
    else return `${callee} is called without ${name}`;
  }
  return frame;
}
