import type { Sources } from "./sources.ts";
import { ScriptClass, type ScriptFunction, ScriptObject, type Value } from "./values.ts";

/** Indices of CONSTANTS are `c0`, `c1`, … */
const constantPattern = /^CONSTANTS\.c(\d+)$/;

const bareObject = ".__new__";

/** What the dotted names of an archive's code stand for, apart from operators. */
export class ArchiveNames {
  readonly #sources: Sources;
  readonly #constants: readonly Value[];

  /** @param constants the values of `constants.pkl`. */
  constructor(sources: Sources, constants: readonly Value[]) {
    this.#sources = sources;
    this.#constants = constants;
  }

  constant(name: string): Value | undefined {
    const index = constantPattern.exec(name)?.[1];
    return index === undefined ? undefined : this.#constants[Number(index)];
  }

  /** A function or class of the archive's own. */
  global(name: string): ScriptFunction | ScriptClass | undefined {
    if (!name.startsWith("__torch__")) return undefined;
    const found = this.#sources.findFunction(name);
    if (found) return found;
    const definition = this.#sources.findClass(name);
    return definition && new ScriptClass(definition);
  }

  /** What a call of `C.__new__` gives: an object without attributes. */
  newObject(name: string): ScriptObject | undefined {
    const definition = name.endsWith(bareObject)
      ? this.#sources.findClass(name.slice(0, -bareObject.length))
      : undefined;
    return definition && new ScriptObject(definition, "");
  }
}
