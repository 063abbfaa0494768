/**
 * The language of a TorchScript archive's `code/`: a subset of Python, as PyTorch's printer writes it (`python_print.cpp`).
 * Types are parsed as expressions.
 */

export type Expression =
  | { readonly kind: "none" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly base: Expression; readonly name: string }
  | Call
  | { readonly kind: "index"; readonly base: Expression; readonly index: Expression }
  | {
      readonly kind: "slice";
      readonly base: Expression;
      readonly start: Expression | undefined;
      readonly end: Expression | undefined;
    }
  | { readonly kind: "list" | "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [Expression, Expression])[] };

export interface Call {
  readonly kind: "call";
  readonly callee: Expression;
  readonly args: readonly Expression[];
  readonly named: readonly (readonly [name: string, value: Expression])[];
}

export type Statement = { readonly line: number } & (
  | { readonly kind: "pass" }
  | { readonly kind: "expression"; readonly value: Expression }
  /** Several targets take a sequence apart, as does one with a comma behind it. */
  | {
      readonly kind: "assign";
      readonly targets: readonly Expression[];
      readonly unpack: boolean;
      readonly value: Expression;
    }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: "while"; readonly condition: Expression; readonly body: readonly Statement[] }
  | {
      readonly kind: "for";
      readonly target: string;
      readonly iterable: Expression;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "with"; readonly context: Expression; readonly body: readonly Statement[] }
  | { readonly kind: "return"; readonly value: Expression }
  | { readonly kind: "raise"; readonly value: Expression }
);

export interface Parameter {
  readonly name: string;
  readonly type: Expression | undefined;
  readonly fallback: Expression | undefined;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly line: number;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

export interface ClassDefinition {
  readonly name: string;
  readonly line: number;
  /** `Module`, `NamedTuple`, `Interface`, `Enum` or nothing. */
  readonly base: string | undefined;
  /** Declared attributes in order, with their types. */
  readonly attributes: ReadonlyMap<string, Expression>;
  /** `Final` attributes and lists such as `__parameters__`, with their values. */
  readonly constants: ReadonlyMap<string, Expression>;
  readonly methods: ReadonlyMap<string, FunctionDefinition>;
}

/** One file of `code/`. */
export interface SourceFile {
  readonly path: string;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  readonly classes: ReadonlyMap<string, ClassDefinition>;
}

/** `a.b.c` for a chain of names; `undefined` for any other expression. */
export function dottedName(expression: Expression): string | undefined {
  const parts: string[] = [];
  let at = expression;
  while (at.kind === "attribute") {
    parts.push(at.name);
    at = at.base;
  }
  if (at.kind !== "name") return undefined;
  parts.push(at.name);
  return parts.reverse().join(".");
}
