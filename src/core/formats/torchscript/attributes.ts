import type { AtenLowering } from "../../lowering/aten/lowering.ts";
import { PickleObject, type PickleValue } from "../torch/pickleValues.ts";
import { TorchTensor } from "../torch/torchTensor.ts";
import { asKey } from "./elements.ts";
import { weightNames } from "./moduleTree.ts";
import type { Sources } from "./sources.ts";
import type { Expression } from "./syntax.ts";
import { Dict, Float, List, ScriptObject, Unknown, type Value } from "./values.ts";

/** Lists in lists that an attribute may hold. */
const maxNesting = 32;

/** Makes values of what the archive says of attributes and constants, each once, so that identity is kept. */
export class StoredValues {
  readonly #sources: Sources;
  readonly #lowering: AtenLowering;
  readonly #objects = new Map<PickleObject, ScriptObject>();
  /** Lists and dictionaries, which pickles may share or nest in circles. */
  readonly #containers = new Map<PickleValue, Value>();

  constructor(sources: Sources, lowering: AtenLowering) {
    this.#sources = sources;
    this.#lowering = lowering;
  }

  /** A stored object; `undefined` where its class has no code. */
  object(stored: PickleObject, path: string): ScriptObject | undefined {
    let object = this.#objects.get(stored);
    if (object === undefined) {
      const definition = this.#sources.findClass(stored.className);
      if (definition === undefined) return undefined;
      object = new ScriptObject(definition, path, stored);
      this.#objects.set(stored, object);
    }
    return object;
  }

  /** An attribute as the archive holds it; `undefined` where it holds none of that name. */
  attribute(object: ScriptObject, name: string): Value | undefined {
    const value = object.stored?.attribute(name);
    if (value === undefined) return undefined;
    const path = object.path === "" ? name : `${object.path}.${name}`;
    const { syntax } = object.definition;
    if (value instanceof TorchTensor && weightNames(syntax)(name)) return this.#lowering.weight(path, value.tensor());
    return this.value(value, syntax.attributes.get(name), path);
  }

  /** A stored value. Numbers are what their type says, since a pickle of `1.` reads like one of `1`. */
  value(stored: PickleValue, type: Expression | undefined, path: string, nesting = 0): Value {
    const inner = (value: PickleValue, at: number) => this.value(value, elementType(type, at), path, nesting + 1);
    if (typeof stored === "number") return isFloat(type) || !Number.isInteger(stored) ? new Float(stored) : stored;
    if (stored === null || typeof stored === "boolean" || typeof stored === "string") return stored;
    if (typeof stored === "bigint") return Number(stored);
    if (stored instanceof TorchTensor) return this.#lowering.constant(stored.tensor());
    if (stored instanceof PickleObject)
      return this.object(stored, path) ?? new Unknown(`an object of ${stored.className}`);
    const known = this.#containers.get(stored);
    if (known !== undefined) return known;
    if (nesting < maxNesting && Array.isArray(stored)) {
      const list = new List([]);
      this.#containers.set(stored, list);
      for (const [i, item] of stored.entries()) list.items.push(inner(item, i));
      return list;
    }
    if (nesting < maxNesting && stored instanceof Map) {
      const dict = new Dict(new Map());
      this.#containers.set(stored, dict);
      for (const [key, value] of stored) {
        const name = asKey(inner(key, 0));
        if (name !== undefined) dict.entries.set(name, inner(value, 1));
      }
      return dict;
    }
    return new Unknown(`the attribute ${path}`);
  }
}

/** `T` of `Optional[T]` and `Final[T]`, any other type as it is. */
function withoutOptional(type: Expression | undefined): Expression | undefined {
  let inner = type;
  while (inner?.kind === "index" && inner.base.kind === "name" && /^(Optional|Final)$/.test(inner.base.name)) {
    inner = inner.index;
  }
  return inner;
}

function isFloat(type: Expression | undefined): boolean {
  const inner = withoutOptional(type);
  return inner?.kind === "name" && inner.name === "float";
}

/** Type of an element of `List[T]`, `Tuple[A, B]`, `Dict[K, V]`. */
function elementType(type: Expression | undefined, at: number): Expression | undefined {
  const inner = withoutOptional(type);
  if (inner?.kind !== "index") return undefined;
  return inner.index.kind === "tuple" ? inner.index.items[at] : inner.index;
}
