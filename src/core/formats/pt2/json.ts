import { Failure } from "../../failure.ts";

/** Any value of JSON. Objects are read by names that this program knows, or as lists of entries, never by names from the file. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/**
 * Parses what Python's `json` writes: JSON with bare `NaN`, `Infinity` and `-Infinity`, which come out as strings (newer
 * PyTorch writes them so). Integers beyond 2^53 are rounded.
 * @throws Failure `pt2/malformed`.
 */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Perhaps only for its numbers.
  }
  try {
    return JSON.parse(withoutBareNumbers(text)) as Json;
  } catch {
    throw new Failure("pt2/malformed", "The description of its graph is not JSON.");
  }
}

const bare = ["NaN", "Infinity", "-Infinity"] as const;

/** Puts quotes around numbers that JSON does not have, outside of strings. */
function withoutBareNumbers(text: string): string {
  const parts: string[] = [];
  let kept = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isInString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x4e || code === 0x49 || code === 0x2d) {
      const word = bare.find((each) => text.startsWith(each, i));
      if (word === undefined) continue;
      parts.push(text.slice(kept, i), `"${word}"`);
      i += word.length - 1;
      kept = i + 1;
    }
  }
  return parts.join("") + text.slice(kept);
}

/** An object. @param what names the value in the failure. */
export function objectOf(value: Json | undefined, what: string): JsonObject {
  if (isObject(value)) return value;
  throw malformed(`${what} is no object`);
}

/** A list. */
export function listOf(value: Json | undefined, what: string): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw malformed(`${what} is no list`);
}

/** A text. */
export function textOf(value: Json | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw malformed(`${what} is no text`);
}

/** A number; `"Infinity"` and the like are numbers. */
export function numberOf(value: Json | undefined, what: string): number {
  const number = typeof value === "string" && (bare as readonly string[]).includes(value) ? Number(value) : value;
  if (typeof number === "number") return number;
  throw malformed(`${what} is no number`);
}

/** Whether a value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The failure of a program that is not written as torch.export writes it. */
export function malformed(what: string): Failure {
  return new Failure("pt2/malformed", `The description of its graph cannot be understood: ${what}.`);
}
