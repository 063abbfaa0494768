import { Failure } from "../../failure.ts";

/** Beyond this, a number in a configuration is no size of a network. */
const largest = 2 ** 31;

/** A parsed `config.json`: plain values by name, with the defaults of transformers where it is silent. */
export class Config {
  readonly #fields: ReadonlyMap<string, unknown>;

  private constructor(fields: object) {
    this.#fields = new Map(Object.entries(fields));
  }

  /** @throws Failure `config/not-json` for what is no object in JSON. */
  static parse(text: string): Config {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new Failure("config/not-json", `This is not JSON: ${error instanceof Error ? error.message : error}`);
    }
    if (isObject(value)) return new Config(value);
    throw new Failure("config/not-json", "A configuration is an object in JSON; this is something else.");
  }

  /** A size: a whole number above 0. */
  size(name: string, fallback?: number): number {
    const value = this.#given(name) ?? fallback;
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value < largest) return value;
    throw invalid(name, "a whole number above 0", value);
  }

  /** A whole number from 0 up; `undefined` where there is none, it is null, or below 0, which some write for none. */
  index(name: string): number | undefined {
    const value = this.#given(name);
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isInteger(value) || value >= largest) {
      throw invalid(name, "a whole number", value);
    }
    return value < 0 ? undefined : value;
  }

  number(name: string, fallback?: number): number {
    const value = this.#given(name) ?? fallback;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw invalid(name, "a number", value);
  }

  text(name: string, fallback?: string): string {
    const value = this.#given(name) ?? fallback;
    if (typeof value === "string") return value;
    throw invalid(name, "a text", value);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#given(name) ?? fallback;
    if (typeof value === "boolean") return value;
    throw invalid(name, "true or false", value);
  }

  sizes(name: string): readonly number[] {
    const value = this.#given(name);
    const isSize = (item: unknown): item is number =>
      typeof item === "number" && Number.isInteger(item) && item > 0 && item < largest;
    if (Array.isArray(value) && value.length > 0 && value.every(isSize)) return value;
    throw invalid(name, "a list of whole numbers above 0", value);
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#given(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    throw invalid(name, "a list of texts", value);
  }

  /** Height and width: one number for both, or a list of the two. */
  pair(name: string, fallback?: number): readonly [number, number] {
    if (!Array.isArray(this.#given(name))) {
      const side = this.size(name, fallback);
      return [side, side];
    }
    const [height, width, ...more] = this.sizes(name);
    if (height === undefined || width === undefined || more.length > 0) throw invalid(name, "a pair", more);
    return [height, width];
  }

  /** Numbers, as a normalisation has them; `undefined` where there are none. */
  numbers(name: string): readonly number[] | undefined {
    const value = this.#given(name);
    if (value === undefined) return undefined;
    const isNumber = (item: unknown): item is number => typeof item === "number" && Number.isFinite(item);
    if (Array.isArray(value) && value.length > 0 && value.every(isNumber)) return value;
    throw invalid(name, "a list of numbers", value);
  }

  /** An object inside; `undefined` where there is none. */
  inner(name: string): Config | undefined {
    const value = this.#given(name);
    if (value === undefined) return undefined;
    if (isObject(value)) return new Config(value);
    throw invalid(name, "an object", value);
  }

  #given(name: string): unknown {
    return this.#fields.get(name) ?? undefined;
  }
}

/** Failure of a setting that is understood, and which the builders do not know. */
export function unsupportedOption(name: string, value: string | number | boolean): Failure {
  return new Failure(
    "config/unsupported-option",
    `The configuration asks for ${name} = ${String(value).slice(0, 60)}, which is not known.`,
    {
      hint: "Export the network to ONNX or .pt2, and choose that file as the architecture.",
    },
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(name: string, expected: string, value: unknown): Failure {
  const found = value === undefined ? "nothing" : (JSON.stringify(value)?.slice(0, 60) ?? typeof value);
  return new Failure("config/invalid", `In the configuration, ${name} should be ${expected}; found ${found}.`);
}
