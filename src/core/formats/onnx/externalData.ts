import { Failure } from "../../failure.ts";
import { byteLength, type Tensor } from "../../graph/tensor.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import type { Range } from "./wireFile.ts";

/** The files beside a model that hold its weights, each opened once. */
export class ExternalData {
  readonly #siblings: SiblingFiles;
  readonly #open = new Map<string, ByteSource>();

  constructor(siblings: SiblingFiles) {
    this.#siblings = siblings;
  }

  /**
   * Finds a tensor's bytes from its `external_data` entries (`location`, `offset`, `length`), and checks them against
   * its shape. The `checksum` entry is not checked: no exporter is known to write it.
   * @throws Failure `path/…` where the location leaves the folder, `onnx/external-missing`, `onnx/external-short`,
   *   `onnx/tensor-size`, `onnx/malformed`.
   */
  locate(
    tensor: string,
    kind: Pick<Tensor, "dtype" | "shape">,
    entries: ReadonlyMap<string, string>,
  ): { source: ByteSource; range: Range } {
    const location = entries.get("location");
    if (location === undefined) {
      throw new Failure("onnx/malformed", `The weights of "${tensor}" are in another file, which is not named.`);
    }
    const wanted = byteLength(kind);
    const offset = decimal(entries.get("offset") ?? "0");
    const length = decimal(entries.get("length") ?? String(wanted));
    if (length !== wanted) {
      throw new Failure("onnx/tensor-size", `"${tensor}" needs ${wanted} bytes and the file gives it ${length}.`);
    }
    const source = this.#source(location, tensor);
    if (offset + length > source.size) {
      throw new Failure(
        "onnx/external-short",
        `"${tensor}" needs bytes ${offset} to ${offset + length} of "${location}", which has ${source.size}.`,
        { hint: "The data file is cut off or belongs to another export: copy both files again." },
      );
    }
    return { source, range: { offset, length } };
  }

  #source(location: string, tensor: string): ByteSource {
    let source = this.#open.get(location);
    if (source === undefined) {
      try {
        source = this.#siblings.open(location);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== "file/missing") throw error;
        throw new Failure(
          "onnx/external-missing",
          `The weights of "${tensor}" are in "${location}", which is not beside the model.`,
          { hint: "Copy the data file into the model's folder under that name." },
        );
      }
      this.#open.set(location, source);
    }
    return source;
  }
}

function decimal(text: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) {
    throw new Failure("onnx/malformed", `A weight's place in its data file is "${text.slice(0, 40)}", not a number.`);
  }
  return number;
}
