import type { Failure } from "../failure.ts";

/** Nesting that {@link JsonScanner.skip} follows; graphs written as JSON stay below 50. */
const maximumDepth = 1000;

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literals = ["true", "false", "null"] as const;

/**
 * Walks a JSON text (RFC 8259) value by value. Unlike `JSON.parse` it sees names that are given twice, builds nothing
 * that is not asked for, and never recurses: who calls decides which values it goes into.
 */
export class JsonScanner {
  readonly #text: string;
  readonly #fail: (what: string) => Failure;
  #position = 0;

  /** @param fail the failure for a text that is not JSON, given a clause that says what is wrong and where. */
  constructor(text: string, fail: (what: string) => Failure) {
    this.#text = text;
    this.#fail = fail;
  }

  /** The first character of what comes next, past white space; empty at the end. */
  peek(): string {
    for (; ; this.#position++) {
      const code = this.#text.charCodeAt(this.#position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
    }
    return this.#text.charAt(this.#position);
  }

  /** Goes into an object; `visit` is called behind each name and must read or skip the value. */
  members(visit: (name: string) => void): void {
    this.#expect("{", "an object");
    if (this.#take("}")) return;
    do {
      visit(this.#name());
    } while (this.#take(","));
    this.#expect("}", "the end of an object");
  }

  /** Goes into an array; `visit` must read or skip one value. */
  items(visit: () => void): void {
    this.#expect("[", "an array");
    if (this.#take("]")) return;
    do {
      visit();
    } while (this.#take(","));
    this.#expect("]", "the end of an array");
  }

  /** Reads a string. */
  string(): string {
    this.#expect('"', "a string");
    const start = this.#position;
    const close = this.#text.indexOf('"', start);
    const plain = this.#text.slice(start, close < 0 ? start : close);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must be escaped in JSON
    if (close >= 0 && !/[\\\u0000-\u001f]/.test(plain)) {
      this.#position = close + 1;
      return plain;
    }
    return this.#escaped(start);
  }

  /** Reads a number as the text has it, so that none is rounded unseen. */
  number(): string {
    this.peek();
    numberPattern.lastIndex = this.#position;
    const [found] = numberPattern.exec(this.#text) ?? [];
    if (found === undefined) throw this.#unexpected("a number");
    this.#position += found.length;
    return found;
  }

  /** Passes over one value of any kind. */
  skip(): void {
    const ends: ("}" | "]")[] = [];
    do {
      const opened = this.#skipStart(ends);
      while (!opened && ends.length > 0 && !this.#next(ends)) {}
    } while (ends.length > 0);
  }

  /** Checks that nothing follows. */
  end(): void {
    if (this.peek() !== "") throw this.#unexpected("the end");
  }

  /** Passes over a scalar or an empty container, or opens one, of which `true` tells. */
  #skipStart(ends: ("}" | "]")[]): boolean {
    const start = this.peek();
    if (start === "{" || start === "[") {
      this.#position++;
      const end = start === "{" ? "}" : "]";
      if (this.#take(end)) return false;
      if (ends.length >= maximumDepth) throw this.#fail(`it nests deeper than ${maximumDepth}`);
      ends.push(end);
      if (end === "}") this.#name();
      return true;
    }
    if (start === '"') this.string();
    else if (!this.#literal()) this.number();
    return false;
  }

  /** Behind a value: moves to the next of its container, or closes the container and tells `false`. */
  #next(ends: ("}" | "]")[]): boolean {
    const end = ends[ends.length - 1] ?? "]";
    if (this.#take(",")) {
      if (end === "}") this.#name();
      return true;
    }
    this.#expect(end, "the end of a list");
    ends.pop();
    return false;
  }

  #name(): string {
    const name = this.string();
    this.#expect(":", "a colon");
    return name;
  }

  #literal(): boolean {
    const found = literals.find((literal) => this.#text.startsWith(literal, this.#position));
    this.#position += found?.length ?? 0;
    return found !== undefined;
  }

  /** A string with escapes, or one that is none. */
  #escaped(start: number): string {
    let at = start;
    for (; at < this.#text.length && this.#text[at] !== '"'; at++) if (this.#text[at] === "\\") at++;
    const quoted = this.#text.slice(start - 1, at + 1);
    try {
      const value: unknown = JSON.parse(quoted);
      if (typeof value === "string") {
        this.#position = at + 1;
        return value;
      }
    } catch {
      // Falls through to the same complaint.
    }
    throw this.#unexpected("a string");
  }

  #take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#position++;
    return true;
  }

  #expect(character: string, what: string): void {
    if (!this.#take(character)) throw this.#unexpected(what);
  }

  #unexpected(wanted: string): Failure {
    return this.#fail(`at character ${this.#position} there should be ${wanted}`);
  }
}
