import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { decodeUtf8 } from "../utf8.ts";
import { isObject, type Json, type JsonObject } from "./settings.ts";

/** The largest configurations, of networks with thousands of layers, take a few MiB. */
const maximumText = 64 * 2 ** 20;
/** Nesting of models in models stays far below this. */
const maximumDepth = 256;

/**
 * A JSON object as Python writes it: numbers that JSON has no words for (`NaN`, `-Infinity`) become texts.
 * @param what the text is, for the failure: `config.json`
 * @throws Failure `keras/bad-config`
 */
export function parseJsonObject(text: string, what: string): JsonObject {
  if (depthOf(text) > maximumDepth) throw new Failure("keras/bad-config", `Its ${what} is nested too deeply.`);
  const parsed = attempt(text) ?? attempt(text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:Infinity|NaN)\b/g, quoted));
  if (!isObject(parsed)) throw new Failure("keras/bad-config", `Its ${what} is no JSON object.`);
  return parsed;
}

/** As {@link parseJsonObject}, from a file. @throws Failure `keras/bad-config` */
export function readJsonObject(source: ByteSource, what: string): JsonObject {
  const text = source.size <= maximumText ? decodeUtf8(source.read(0, source.size)) : undefined;
  if (text === undefined) {
    throw new Failure("keras/bad-config", `Its ${what} is no text, or too long.`, { file: source.name });
  }
  return parseJsonObject(text, what);
}

function attempt(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How deep brackets are nested, so that nothing that walks the result can run out of stack. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inText) {
      if (character === "\\") i++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "[" || character === "{") deepest = Math.max(deepest, ++depth);
    else if (character === "]" || character === "}") depth--;
  }
  return deepest;
}

function quoted(found: string): string {
  return found.startsWith('"') ? found : `"${found}"`;
}
