import { Failure } from "../../core/failure.ts";
import { decodeUtf8 } from "../../core/formats/utf8.ts";
import { fileSource } from "../files.ts";

/** Largest settings file or descriptor read, in bytes. */
const maxSize = 2 ** 20;

/**
 * The text of a small JSON file that a person wrote.
 * @param code code of the failure where it is too large or not text
 */
export function jsonText(path: string, code: string): string {
  const source = fileSource(path);
  try {
    const text = source.size <= maxSize ? decodeUtf8(source.read(0, source.size)) : undefined;
    if (text === undefined) throw new Failure(code, "It is too large, or not UTF-8 text.", { file: path });
    return text;
  } finally {
    source.close();
  }
}
