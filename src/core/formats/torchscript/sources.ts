import { Failure } from "../../failure.ts";
import type { TorchZip } from "../torch/zipFile.ts";
import { decodeUtf8 } from "../utf8.ts";
import { parseSource } from "./parser.ts";
import type { SourceFile } from "./syntax.ts";
import { type LocatedClass, ScriptFunction } from "./values.ts";

/** All code that one network may have; the largest of torchvision's has 0.5 MB. */
const maxCode = 64 * 2 ** 20;

/** The code of an archive, `code/__torch__/**.py`; files are parsed when something in them is asked for. */
export class Sources {
  readonly #zip: TorchZip;
  readonly #files = new Map<string, SourceFile | undefined>();
  #left = maxCode;

  constructor(zip: TorchZip) {
    this.#zip = zip;
  }

  /** A class by its full name, `__torch__.torch.nn.modules.conv.Conv2d`. @throws Failure `torchscript/syntax`. */
  findClass(name: string): LocatedClass | undefined {
    const [file, last] = this.#locate(name);
    const syntax = file?.classes.get(last);
    return file && syntax && { file: file.path, name, syntax };
  }

  /** A function by its full name, `__torch__.torch.nn.functional.relu`. @throws Failure `torchscript/syntax`. */
  findFunction(name: string): ScriptFunction | undefined {
    const [file, last] = this.#locate(name);
    const syntax = file?.functions.get(last);
    return file && syntax && new ScriptFunction(file.path, syntax);
  }

  #locate(name: string): [file: SourceFile | undefined, last: string] {
    const parts = name.split(".");
    const last = parts.pop() ?? "";
    return [this.#file(`code/${parts.join("/")}.py`), last];
  }

  #file(path: string): SourceFile | undefined {
    if (!this.#files.has(path)) this.#files.set(path, this.#parse(path));
    return this.#files.get(path);
  }

  #parse(path: string): SourceFile | undefined {
    const member = `${this.#zip.root}${path}`;
    const size = this.#zip.archive.entries.get(member)?.size;
    if (size === undefined) return undefined;
    this.#left -= size;
    if (this.#left < 0) throw new Failure("torchscript/limit", `Its code has more than ${maxCode / 2 ** 20} MiB.`);
    const source = this.#zip.archive.open(member);
    const text = decodeUtf8(source.read(0, source.size));
    if (text === undefined) throw new Failure("torchscript/syntax", `${path} is not UTF-8.`);
    return parseSource(text, path);
  }
}
