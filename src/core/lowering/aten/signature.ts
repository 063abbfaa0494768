/**
 * Signatures of operators in a notation close to ATen's own (`native_functions.yaml`):
 * `mean.dim(Tensor self, int[]? dim, bool keepdim=False, *, int? dtype=None)`. Types are `Tensor`, `Tensor[]`, `Tensor?[]`,
 * `int`, `int[]`, `float`, `float[]`, `bool`, `str`, `Scalar` (a number), `Number` (a number or a tensor) and `any`, with `?` where
 * None may stand. What only says where and how elements are stored (`device`, `memory_format`, …) is left out everywhere.
 */
export interface Signature {
  /** Name without the overload. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
  /** Absent where the argument must be given. */
  readonly default?: Default;
  /** Whether the argument may only be given by name. */
  readonly named: boolean;
}

export type Default = number | boolean | string | null | readonly number[];

const parsed = new Map<string, Signature>();

/** Reads a signature; the same text is read once. */
export function parseSignature(text: string): Signature {
  let signature = parsed.get(text);
  if (!signature) {
    const open = text.indexOf("(");
    const name = text.slice(0, open).replace(/\..*$/, "");
    const parameters: Parameter[] = [];
    let named = false;
    for (const part of text.slice(open + 1, -1).split(", ")) {
      if (part === "*") named = true;
      else if (part !== "") parameters.push(parseParameter(part, named));
    }
    signature = { name, parameters };
    parsed.set(text, signature);
  }
  return signature;
}

function parseParameter(text: string, named: boolean): Parameter {
  const [type = "", rest = ""] = text.split(" ");
  const [name = "", value] = rest.split("=");
  return value === undefined ? { name, type, named } : { name, type, named, default: parseDefault(value) };
}

function parseDefault(text: string): Default {
  if (text === "None") return null;
  if (text === "True" || text === "False") return text === "True";
  if (text.startsWith("'")) return text.slice(1, -1);
  if (text.startsWith("[")) return text === "[]" ? [] : text.slice(1, -1).split(",").map(Number);
  return Number(text);
}
