import { Failure } from "../../failure.ts";
import { ExpressionParser } from "./expressionParser.ts";
import {
  type ClassDefinition,
  dottedName,
  type Expression,
  type FunctionDefinition,
  type Parameter,
  type SourceFile,
  type Statement,
} from "./syntax.ts";
import { tokenize } from "./tokens.ts";

/**
 * Parses one file of `code/`.
 * @param path of the file, for messages
 * @throws Failure `torchscript/syntax`, also where something is nested deeper than any printer writes it.
 */
export function parseSource(text: string, path: string): SourceFile {
  return new Parser(tokenize(text, path), path).file();
}

const none: Expression = { kind: "none" };

class Parser extends ExpressionParser {
  file(): SourceFile {
    const functions = new Map<string, FunctionDefinition>();
    const classes = new Map<string, ClassDefinition>();
    while (this.peek().kind !== "end") {
      if (this.takeWord("class")) {
        const definition = this.#class();
        classes.set(definition.name, definition);
      } else if (this.takeWord("def")) {
        const definition = this.#function();
        functions.set(definition.name, definition);
      } else if (this.takeWord("import")) {
        // Archives of PyTorch 1.2 and before import what they use by its full name.
        this.dotted();
        this.expectKind("newline");
      } else this.#statement();
    }
    return { path: this.path, functions, classes };
  }

  #class(): ClassDefinition {
    const { line } = this.peek();
    const name = this.name();
    let base: string | undefined;
    if (this.take("(")) {
      if (!this.take(")")) {
        base = this.dotted();
        this.expect(")");
      }
    }
    const attributes = new Map<string, Expression>();
    const constants = new Map<string, Expression>();
    const methods = new Map<string, FunctionDefinition>();
    this.#block(() => {
      while (this.take("@")) {
        this.expression();
        this.expectKind("newline");
      }
      if (this.takeWord("def")) {
        const method = this.#function();
        methods.set(method.name, method);
      } else this.#member(attributes, constants);
    });
    return { name, line, base, attributes, constants, methods };
  }

  /** `weight : Tensor`, `eps : Final[float] = 1e-05`, `__annotations__["0"] = T`, `__parameters__ = [...]`, `pass`. */
  #member(attributes: Map<string, Expression>, constants: Map<string, Expression>): void {
    if (this.takeWord("pass")) {
      this.expectKind("newline");
      return;
    }
    const target = this.expression();
    if (target.kind === "index" && dottedName(target.base) === "__annotations__" && target.index.kind === "string") {
      this.expect("=");
      attributes.set(target.index.value, this.expression());
    } else if (target.kind === "name") {
      if (this.take(":")) attributes.set(target.name, this.expression());
      if (this.take("=")) constants.set(target.name, this.expressions());
    } else throw this.unexpected();
    this.expectKind("newline");
  }

  #function(): FunctionDefinition {
    const { line } = this.peek();
    const name = this.name();
    const parameters: Parameter[] = [];
    this.expect("(");
    while (!this.take(")")) {
      const parameter = this.name();
      const type = this.take(":") ? this.expression() : undefined;
      const fallback = this.take("=") ? this.expression() : undefined;
      parameters.push({ name: parameter, type, fallback });
      if (!this.take(",")) {
        this.expect(")");
        break;
      }
    }
    if (this.take("->")) this.expression();
    return { name, line, parameters, body: this.#body() };
  }

  #body(): readonly Statement[] {
    const statements: Statement[] = [];
    this.#block(() => statements.push(this.#statement()));
    return statements;
  }

  /** An indented block, `each` called at the start of each of its statements. */
  #block(each: () => void): void {
    this.expect(":");
    this.expectKind("newline");
    this.expectKind("indent");
    this.deeper(() => {
      while (this.peek().kind !== "dedent") each();
    });
    this.expectKind("dedent");
  }

  #statement(): Statement {
    const { line } = this.peek();
    if (this.takeWord("if")) {
      const condition = this.expression();
      const then = this.#body();
      return { kind: "if", line, condition, then, otherwise: this.takeWord("else") ? this.#body() : [] };
    }
    if (this.takeWord("while")) return { kind: "while", line, condition: this.expression(), body: this.#body() };
    if (this.takeWord("for")) {
      const target = this.name();
      if (!this.takeWord("in")) throw this.unexpected();
      return { kind: "for", line, target, iterable: this.expression(), body: this.#body() };
    }
    if (this.takeWord("with")) return { kind: "with", line, context: this.expression(), body: this.#body() };
    const statement = this.#simpleStatement(line);
    this.expectKind("newline");
    return statement;
  }

  #simpleStatement(line: number): Statement {
    if (this.takeWord("pass")) return { kind: "pass", line };
    if (this.takeWord("return")) {
      return { kind: "return", line, value: this.peek().kind === "newline" ? none : this.expressions() };
    }
    if (this.takeWord("raise")) {
      return { kind: "raise", line, value: this.peek().kind === "newline" ? none : this.expression() };
    }
    const first = this.expression();
    const targets = [first];
    let unpack = false;
    while (this.take(",")) {
      unpack = true;
      if (this.peekSymbol("=")) break;
      targets.push(this.expression());
    }
    if (!unpack && this.take(":")) this.expression();
    if (!this.take("=")) {
      if (unpack) throw this.unexpected();
      return { kind: "expression", line, value: first };
    }
    for (const target of targets) {
      if (target.kind !== "name" && target.kind !== "attribute") {
        throw new Failure(
          "torchscript/syntax",
          `Nothing can be assigned to what stands in line ${line} of ${this.path}.`,
        );
      }
    }
    return { kind: "assign", line, targets, unpack, value: this.expressions() };
  }
}
