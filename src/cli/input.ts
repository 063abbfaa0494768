import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Flag } from "./flags.ts";
import { nearest, UsageError } from "./usage.ts";

/** What stands on the command line after the command: operands in order, and values of flags. */
export class Input {
  readonly operands: readonly string[];
  readonly help: boolean;
  readonly verbose: boolean;
  private readonly values: ReadonlyMap<string, string>;

  private constructor(
    operands: readonly string[],
    values: ReadonlyMap<string, string>,
    standing: { help: boolean; verbose: boolean },
  ) {
    this.operands = operands;
    this.values = values;
    this.help = standing.help;
    this.verbose = standing.verbose;
  }

  /** @throws UsageError for a flag that is none of `flags`, or that has no value */
  static parse(args: readonly string[], flags: readonly Flag[]): Input {
    const names = flags.map((flag) => flag.name);
    const switches = new Set(flags.filter(({ value }) => value === undefined).map(({ name }) => name));
    const { tokens, positionals } = parseArgs({
      args: [...args],
      strict: false,
      allowPositionals: true,
      tokens: true,
      options: {
        help: { type: "boolean", short: "h" },
        verbose: { type: "boolean" },
        ...Object.fromEntries(
          names.map((name) => [name, { type: switches.has(name) ? "boolean" : "string" } as const]),
        ),
      },
    });
    const values = new Map<string, string>();
    const standing = { help: false, verbose: false };
    for (const token of tokens) {
      if (token.kind !== "option") continue;
      if (token.name === "help" || token.name === "verbose") standing[token.name] = true;
      else if (!names.includes(token.name)) throw unknownFlag(token.rawName, names);
      else if (switches.has(token.name)) {
        if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value.`);
        values.set(token.name, "");
      } else if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
        throw new UsageError(`${token.rawName} needs a value.`);
      } else values.set(token.name, token.value);
    }
    return new Input(positionals, values, standing);
  }

  text(name: string): string | undefined {
    return this.values.get(name);
  }

  /** Whether a switch is there. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** A comma-separated list; `undefined` where the flag is absent. */
  list(name: string): readonly string[] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const items = text.split(",").map((item) => item.trim());
    if (items.includes("")) throw new UsageError(`--${name} has an empty name in "${text}".`);
    return items;
  }

  /** A path as an absolute one. */
  path(name: string): string | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : resolve(text);
  }

  /** A whole number from `least` up; `undefined` where the flag is absent. */
  integer(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new UsageError(`--${name} takes a whole number from ${least} up, not "${text}".`);
    }
    return value;
  }

  /** One of some words. */
  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new UsageError(`--${name} is one of ${words.join(", ")}, not "${text}".`);
    return word;
  }
}

function unknownFlag(written: string, names: readonly string[]): UsageError {
  const meant = nearest(written.replace(/^-+/, ""), [...names, "help", "verbose"]);
  return new UsageError(`There is no flag ${written}.${meant === undefined ? "" : ` Did you mean --${meant}?`}`);
}

/**
 * Value of `--json` in arguments that may be wrong otherwise: a failure to understand the command line goes there too.
 */
export function jsonTarget(args: readonly string[]): string | undefined {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    options: { json: { type: "string" } },
  });
  return typeof values.json === "string" ? values.json : undefined;
}
