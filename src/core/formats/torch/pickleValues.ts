import type { ByteSource } from "../byteSource.ts";
import type { TorchStorage } from "./storage.ts";
import type { TorchTensor } from "./torchTensor.ts";

/**
 * What a pickle spells, as data. Lists and tuples are both arrays; a dictionary is a `Map`, whose keys are compared as
 * JavaScript compares them (so that tuples as keys are distinct). Objects may refer to each other in circles.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleBytes
  | PickleGlobal
  | PickleObject
  | TorchStorage
  | TorchTensor
  | PickleValue[]
  | PickleMap
  | Set<PickleValue>;

/** A Python dictionary, ordered as it was filled. */
export type PickleMap = Map<PickleValue, PickleValue>;

/** A byte string, left where it stands until it is read. */
export class PickleBytes {
  readonly source: ByteSource;
  readonly offset: number;
  readonly length: number;

  constructor(source: ByteSource, offset: number, length: number) {
    this.source = source;
    this.offset = offset;
    this.length = length;
  }

  /** The bytes, the caller's own. */
  read(): Uint8Array {
    return new Uint8Array(this.source.read(this.offset, this.length));
  }
}

/** A class or function that the pickle names. It is a name and nothing else: nothing is ever looked up. */
export class PickleGlobal {
  /** Module and name, `collections.OrderedDict`. */
  readonly name: string;

  constructor(module: string, name: string) {
    this.name = `${module}.${name}`;
  }
}

/**
 * The result of a call or of a class without meaning for us: what would have been called and with what, inert.
 */
export class PickleObject {
  /** The class or function; `""` where a value was called that is not a name. */
  readonly className: string;
  readonly args: readonly PickleValue[];
  /** What `__setstate__` would be given; most often the instance's dictionary. */
  state: PickleValue = null;
  /** Entries, where the class extends `dict`. */
  entries: PickleMap | undefined;
  /** Elements, where the class extends `list` or `set`. */
  elements: PickleValue[] | undefined;

  constructor(className: string, args: readonly PickleValue[]) {
    this.className = className;
    this.args = args;
  }

  /** An attribute from the instance's dictionary, or `undefined`. */
  attribute(name: string): PickleValue | undefined {
    return this.state instanceof Map ? this.state.get(name) : undefined;
  }
}
