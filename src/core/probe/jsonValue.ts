import { Failure } from "../failure.ts";

/** A value in a JSON file that knows its place, so that a complaint can say where it is and what was expected. */
export class JsonValue {
  readonly #value: unknown;
  readonly #place: string;
  readonly #file: string;
  readonly #code: string;

  private constructor(value: unknown, place: string, file: string, code: string) {
    this.#value = value;
    this.#place = place;
    this.#file = file;
    this.#code = code;
  }

  /**
   * Parses a file's text.
   * @param code code of every failure about this file
   */
  static parse(text: string, file: string, code: string): JsonValue {
    try {
      return new JsonValue(JSON.parse(text), "", file, code);
    } catch (error) {
      throw new Failure(code, `This is not JSON: ${error instanceof Error ? error.message : error}`, { file });
    }
  }

  /** The members of an object whose keys are fixed; `$schema` is allowed everywhere. */
  fields(known: readonly string[]): ReadonlyMap<string, JsonValue> {
    const members = this.members();
    for (const key of members.keys()) {
      if (!known.includes(key) && key !== "$schema") {
        throw this.#complaint(`"${key}" is not known here; known are ${known.join(", ")}`);
      }
    }
    return members;
  }

  /** The members of an object with any keys, in the file's order. */
  members(): ReadonlyMap<string, JsonValue> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.#expected("an object");
    return new Map(
      Object.entries(value).map(([key, member]) => [
        key,
        new JsonValue(
          member,
          /^\w+$/.test(key) ? `${this.#place}.${key}` : `${this.#place}[${JSON.stringify(key)}]`,
          this.#file,
          this.#code,
        ),
      ]),
    );
  }

  list(): readonly JsonValue[] {
    if (!Array.isArray(this.#value)) throw this.#expected("a list");
    return this.#value.map((item, i) => new JsonValue(item, `${this.#place}[${i}]`, this.#file, this.#code));
  }

  text(): string {
    if (typeof this.#value !== "string" || this.#value === "") throw this.#expected("a text");
    return this.#value;
  }

  number(): number {
    if (typeof this.#value !== "number" || !Number.isFinite(this.#value)) throw this.#expected("a number");
    return this.#value;
  }

  positive(): number {
    if (!(this.number() > 0)) throw this.#expected("a number above 0");
    return this.number();
  }

  /** A whole number from `least` up. */
  count(least: number): number {
    if (!Number.isSafeInteger(this.#value) || this.number() < least)
      throw this.#expected(`a whole number from ${least}`);
    return this.number();
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.#value);
    if (found === undefined) throw this.#expected(`one of ${choices.join(", ")}`);
    return found;
  }

  is(value: string): boolean {
    return this.#value === value;
  }

  #expected(what: string): Failure {
    return this.#complaint(`expected ${what}, found ${describe(this.#value)}`);
  }

  #complaint(message: string): Failure {
    return new Failure(this.#code, this.#place === "" ? message : `${this.#place.replace(/^\./, "")}: ${message}`, {
      file: this.#file,
    });
  }
}

/** A value as a message shows it: no deeper than it is understood at a glance. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
