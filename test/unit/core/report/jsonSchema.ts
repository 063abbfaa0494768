/** As much of JSON Schema (2020-12) as our own schemas use; an unknown keyword is an error, so that none is overlooked. */

type Schema = { readonly [keyword: string]: unknown };

/** Where and why a value does not conform; empty if it does. */
export function violations(root: Schema, value: unknown): string[] {
  return check(root, root, value, "$");
}

function check(root: Schema, schema: Schema, value: unknown, at: string): string[] {
  return Object.entries(schema).flatMap(([keyword, expected]) => {
    const rule = rules[keyword];
    if (rule === undefined) throw new Error(`Unknown keyword ${keyword} at ${at}`);
    return rule(expected as never, value, at, root);
  });
}

type Rule = (expected: never, value: unknown, at: string, root: Schema) => string[];

const silent: Rule = () => [];
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const says = (ok: boolean, at: string, problem: string): string[] => (ok ? [] : [`${at}: ${problem}`]);

const rules: Readonly<Record<string, Rule>> = {
  $schema: silent,
  $defs: silent,
  title: silent,
  description: silent,
  $ref: (ref: string, value, at, root) => {
    const name = ref.slice("#/$defs/".length);
    return check(root, (root.$defs as Record<string, Schema>)[name]!, value, at);
  },
  type: (type: string, value, at) => says(hasType(type, value), at, `is no ${type}`),
  const: (expected: unknown, value, at) => says(value === expected, at, `is not ${expected}`),
  enum: (allowed: readonly unknown[], value, at) => says(allowed.includes(value), at, `is none of ${allowed}`),
  minimum: (least: number, value, at) => says(typeof value !== "number" || value >= least, at, `is under ${least}`),
  maximum: (most: number, value, at) => says(typeof value !== "number" || value <= most, at, `is over ${most}`),
  minItems: (least: number, value, at) => says(!Array.isArray(value) || value.length >= least, at, "is too short"),
  maxItems: (most: number, value, at) => says(!Array.isArray(value) || value.length <= most, at, "is too long"),
  items: (schema: Schema, value, at, root) =>
    Array.isArray(value) ? value.flatMap((item, i) => check(root, schema, item, `${at}[${i}]`)) : [],
  required: (names: readonly string[], value, at) =>
    isObject(value) ? names.flatMap((name) => says(Object.hasOwn(value, name), at, `lacks ${name}`)) : [],
  properties: (properties: Record<string, Schema>, value, at, root) =>
    isObject(value)
      ? Object.entries(properties).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? check(root, schema, value[name], `${at}.${name}`) : [],
        )
      : [],
  additionalProperties: (schema: Schema, value, at, root) =>
    isObject(value) ? Object.entries(value).flatMap(([name, each]) => check(root, schema, each, `${at}.${name}`)) : [],
  anyOf: (schemas: readonly Schema[], value, at, root) =>
    says(
      schemas.some((schema) => check(root, schema, value, at).length === 0),
      at,
      "matches none of its forms",
    ),
};

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    default:
      return typeof value === type;
  }
}
