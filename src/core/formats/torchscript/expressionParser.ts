import { Failure } from "../../failure.ts";
import type { Call, Expression } from "./syntax.ts";
import type { Token } from "./tokens.ts";

/** Brackets and blocks within each other; the parser recurses into them. PyTorch's printer breaks expressions up long before. */
const maxDepth = 200;

const words: ReadonlyMap<string, Expression> = new Map<string, Expression>([
  ["None", { kind: "none" }],
  ["True", { kind: "bool", value: true }],
  ["False", { kind: "bool", value: false }],
  ["inf", { kind: "float", value: Number.POSITIVE_INFINITY }],
  ["nan", { kind: "float", value: Number.NaN }],
]);

/** Goes through tokens and parses expressions: names, literals, calls, subscripts; the printer writes no infix operators. */
export class ExpressionParser {
  protected readonly path: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], path: string) {
    this.#tokens = tokens;
    this.path = path;
  }

  /** An expression, or several with commas between them as a tuple. */
  protected expressions(): Expression {
    const first = this.expression();
    if (!this.peekSymbol(",")) return first;
    const items = [first];
    while (this.take(",")) {
      if (this.peek().kind === "newline") break;
      items.push(this.expression());
    }
    return { kind: "tuple", items };
  }

  protected expression(): Expression {
    return this.deeper(() => {
      let value = this.#primary();
      for (;;) {
        if (this.take(".")) value = { kind: "attribute", base: value, name: this.name() };
        else if (this.take("(")) value = this.#call(value);
        else if (this.take("[")) value = this.#subscript(value);
        else return value;
      }
    });
  }

  #primary(): Expression {
    const token = this.#next();
    switch (token.kind) {
      case "int":
      case "float":
        return { kind: token.kind, value: token.value };
      case "string":
        return { kind: "string", value: token.text };
      case "name":
        return words.get(token.text) ?? { kind: "name", name: token.text };
      case "symbol":
        if (token.text === "-") return this.#negative();
        if (token.text === "(") return this.#parenthesis();
        if (token.text === "[") return { kind: "list", items: this.#items("]") };
        if (token.text === "{") return this.#dict();
    }
    this.#position--;
    throw this.unexpected();
  }

  #negative(): Expression {
    if (this.peekSymbol("-")) throw this.unexpected();
    const operand = this.#primary();
    if (operand.kind !== "int" && operand.kind !== "float") throw this.unexpected();
    return { kind: operand.kind, value: -operand.value };
  }

  #parenthesis(): Expression {
    if (this.take(")")) return { kind: "tuple", items: [] };
    const first = this.expression();
    if (this.take(")")) return first;
    this.expect(",");
    return { kind: "tuple", items: [first, ...this.#items(")")] };
  }

  #dict(): Expression {
    const entries: [Expression, Expression][] = [];
    while (!this.take("}")) {
      const key = this.expression();
      this.expect(":");
      entries.push([key, this.expression()]);
      if (!this.take(",")) {
        this.expect("}");
        break;
      }
    }
    return { kind: "dict", entries };
  }

  #call(callee: Expression): Call {
    const args: Expression[] = [];
    const named: [string, Expression][] = [];
    while (!this.take(")")) {
      const value = this.expression();
      if (value.kind === "name" && this.take("=")) named.push([value.name, this.expression()]);
      else args.push(value);
      if (!this.take(",")) {
        this.expect(")");
        break;
      }
    }
    return { kind: "call", callee, args, named };
  }

  #subscript(base: Expression): Expression {
    const start = this.peekSymbol(":") ? undefined : this.expression();
    if (this.take(":")) {
      const end = this.peekSymbol("]") ? undefined : this.expression();
      this.expect("]");
      return { kind: "slice", base, start, end };
    }
    if (this.take("]")) return { kind: "index", base, index: start! };
    this.expect(",");
    return { kind: "index", base, index: { kind: "tuple", items: [start!, ...this.#items("]")] } };
  }

  #items(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.take(close)) {
      items.push(this.expression());
      if (!this.take(",")) {
        this.expect(close);
        break;
      }
    }
    return items;
  }

  /** Runs `parse` one level deeper. @throws Failure `torchscript/syntax` where that is too deep. */
  protected deeper<T>(parse: () => T): T {
    if (++this.#depth > maxDepth) throw this.#fail("Something is nested absurdly deep");
    const value = parse();
    this.#depth--;
    return value;
  }

  protected name(): string {
    const token = this.#next();
    if (token.kind === "name") return token.text;
    this.#position--;
    throw this.unexpected();
  }

  protected dotted(): string {
    let name = this.name();
    while (this.take(".")) name += `.${this.name()}`;
    return name;
  }

  protected peek(): Token {
    return this.#tokens[this.#position] ?? this.#tokens.at(-1)!;
  }

  protected peekSymbol(symbol: string): boolean {
    const token = this.peek();
    return token.kind === "symbol" && token.text === symbol;
  }

  /** Steps over a symbol if it comes next. */
  protected take(symbol: string): boolean {
    const found = this.peekSymbol(symbol);
    if (found) this.#position++;
    return found;
  }

  /** Steps over a keyword if it comes next. */
  protected takeWord(word: string): boolean {
    const token = this.peek();
    const found = token.kind === "name" && token.text === word;
    if (found) this.#position++;
    return found;
  }

  protected expect(symbol: string): void {
    if (!this.take(symbol)) throw this.unexpected();
  }

  protected expectKind(kind: Token["kind"]): void {
    if (this.peek().kind !== kind) throw this.unexpected();
    this.#position++;
  }

  protected unexpected(): Failure {
    const token = this.peek();
    const what = "text" in token ? `"${token.text.slice(0, 40)}"` : "value" in token ? String(token.value) : token.kind;
    return this.#fail(`Unexpected ${what}`);
  }

  #next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  #fail(what: string): Failure {
    return new Failure("torchscript/syntax", `${what} in line ${this.peek().line} of ${this.path}.`);
  }
}
