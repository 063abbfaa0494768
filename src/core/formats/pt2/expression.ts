import { addSizes, divideSizes, multiplySizes, type Size } from "../../lowering/aten/value.ts";

/** Nesting of expressions that is followed; those of real graphs stay below ten. */
const deepest = 50;

const tokenPattern = /\s*(?:(\d+)|([A-Za-z_]\w*)|'([^']*)'|(\*\*|\/\/|[-+*/(),=]))/y;

/**
 * The value of a size expression as SymPy writes it: `Symbol('s77', positive=True, integer=True)`, `Mul(Integer(4), …)`,
 * `4*s0 + 1`, `FloorDiv(s0, 2)`.
 * @param symbols what stands for each symbol
 * @returns `undefined` where it cannot be told.
 */
export function evaluateExpression(text: string, symbols: ReadonlyMap<string, Size>): Size | undefined {
  const parser = new Parser(text, symbols);
  const value = parser.sum(0);
  return parser.isAtEnd ? value : undefined;
}

/** The name of the symbol that an expression consists of; `undefined` for any other expression. */
export function symbolIn(text: string): string | undefined {
  const found = /^\s*(?:Symbol\('(\w+)'[^()]*\)|([A-Za-z_]\w*))\s*$/.exec(text);
  return found?.[1] ?? found?.[2];
}

interface Token {
  readonly kind: "number" | "name" | "text" | "sign";
  readonly text: string;
}

class Parser {
  readonly #tokens: Token[] = [];
  readonly #symbols: ReadonlyMap<string, Size>;
  #position = 0;

  constructor(text: string, symbols: ReadonlyMap<string, Size>) {
    this.#symbols = symbols;
    tokenPattern.lastIndex = 0;
    let end = 0;
    for (let found = tokenPattern.exec(text); found; found = tokenPattern.exec(text)) {
      const [, number, name, quoted, sign] = found;
      end = tokenPattern.lastIndex;
      if (number !== undefined) this.#tokens.push({ kind: "number", text: number });
      else if (name !== undefined) this.#tokens.push({ kind: "name", text: name });
      else if (quoted !== undefined) this.#tokens.push({ kind: "text", text: quoted });
      else this.#tokens.push({ kind: "sign", text: sign ?? "" });
    }
    // What is no token makes the expression one that cannot be told.
    if (text.slice(end).trim() !== "") this.#tokens.push({ kind: "sign", text: "?" });
  }

  get isAtEnd(): boolean {
    return this.#position === this.#tokens.length;
  }

  sum(depth: number): Size | undefined {
    let value = this.#product(depth);
    for (;;) {
      if (this.#take("+")) value = both(value, this.#product(depth), addSizes);
      else if (this.#take("-")) value = both(value, negative(this.#product(depth)), addSizes);
      else return value;
    }
  }

  #product(depth: number): Size | undefined {
    let value = this.#power(depth);
    for (;;) {
      if (this.#take("*")) value = both(value, this.#power(depth), multiplySizes);
      else if (this.#take("//") || this.#take("/")) value = both(value, this.#power(depth), divideSizes);
      else return value;
    }
  }

  #power(depth: number): Size | undefined {
    const base = this.#factor(depth);
    return this.#take("**") ? both(base, this.#power(depth + 1), power) : base;
  }

  #factor(depth: number): Size | undefined {
    const token = this.#tokens[this.#position];
    if (!token || depth > deepest) return undefined;
    this.#position++;
    if (token.kind === "number") return Number(token.text);
    if (token.text === "-") return negative(this.#factor(depth + 1));
    if (token.text === "(") {
      const value = this.sum(depth + 1);
      return this.#take(")") ? value : undefined;
    }
    if (token.kind !== "name") return undefined;
    if (token.text === "Symbol") return this.#symbol();
    return this.#take("(") ? this.#call(token.text, depth) : this.#symbols.get(token.text);
  }

  /** `('s77', positive=True, integer=True)` behind `Symbol`. */
  #symbol(): Size | undefined {
    if (!this.#take("(")) return undefined;
    const name = this.#tokens[this.#position]?.text ?? "";
    while (!this.isAtEnd && !this.#take(")")) this.#position++;
    return this.#symbols.get(name);
  }

  #call(name: string, depth: number): Size | undefined {
    const args: (Size | undefined)[] = [];
    while (!this.isAtEnd && !this.#take(")")) {
      const start = this.#position;
      args.push(this.sum(depth + 1));
      this.#take(",");
      if (this.#position === start) return undefined;
    }
    const known = args.filter((arg) => arg !== undefined);
    return known.length === args.length && known.length > 0 ? apply(name, known) : undefined;
  }

  #take(sign: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.kind !== "sign" || token.text !== sign) return false;
    this.#position++;
    return true;
  }
}

function apply(name: string, args: readonly Size[]): Size | undefined {
  const [first, second] = args as [Size, Size | undefined];
  const fold = (combine: (a: Size, b: Size) => Size | undefined) =>
    args.slice(1).reduce<Size | undefined>((value, each) => both(value, each, combine), first);
  switch (name) {
    case "Integer":
    case "CeilToInt":
    case "FloorToInt":
    case "TruncToInt":
      return first;
    case "Add":
      return fold(addSizes);
    case "Mul":
      return fold(multiplySizes);
    case "Pow":
    case "PowByNatural":
      return fold(power);
    case "FloorDiv":
    case "CleanDiv":
    case "IntTrueDiv":
    case "Rational":
      return both(first, second, divideSizes);
    case "Mod":
    case "PythonMod":
      return both(first, second, (a, b) => numbers(a, b, (x, y) => (y === 0 ? undefined : x - y * Math.floor(x / y))));
    case "Max":
      return fold((a, b) => numbers(a, b, Math.max));
    case "Min":
      return fold((a, b) => numbers(a, b, Math.min));
    default:
      return undefined;
  }
}

function both(
  a: Size | undefined,
  b: Size | undefined,
  combine: (a: Size, b: Size) => Size | undefined,
): Size | undefined {
  return a === undefined || b === undefined ? undefined : combine(a, b);
}

function numbers(a: Size, b: Size, combine: (a: number, b: number) => number | undefined): number | undefined {
  return typeof a === "number" && typeof b === "number" ? combine(a, b) : undefined;
}

function power(a: Size, b: Size): Size | undefined {
  return b === 1 ? a : numbers(a, b, (x, y) => x ** y);
}

function negative(a: Size | undefined): Size | undefined {
  return a === undefined ? undefined : multiplySizes(a, -1);
}
