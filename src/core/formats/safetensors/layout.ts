import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import { cutOff, quoted, type SafetensorsHeader } from "./header.ts";

/**
 * Checks that the tensors fill the file from the header to its end, each beginning where another ends: nothing can hide
 * between them, nor be read as two things.
 * @throws Failure `safetensors/overlap`, `safetensors/hole`, `safetensors/truncated`, `safetensors/trailing-bytes`.
 */
export function checkLayout(header: SafetensorsHeader, source: ByteSource): void {
  const inOrder = header.tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let filled = 0;
  for (const { name, begin, end } of inOrder) {
    if (begin < filled) {
      throw new Failure("safetensors/overlap", `The tensor ${quoted(name)} shares bytes with another.`, {
        file: source.name,
      });
    }
    if (begin > filled) {
      throw new Failure("safetensors/hole", `The ${begin - filled} bytes before ${quoted(name)} belong to no tensor.`, {
        file: source.name,
      });
    }
    filled = end;
  }
  const present = source.size - header.dataStart;
  if (filled > present) throw cutOff(source, `The file holds ${present} of the ${filled} bytes that its tensors take.`);
  if (filled < present) {
    throw new Failure("safetensors/trailing-bytes", `${present - filled} bytes follow the last tensor.`, {
      file: source.name,
      hint: "The format allows none: the file was changed after it was written.",
    });
  }
}
