import type { AtenSize, AtenTensor } from "../../lowering/aten/value.ts";
import type { PickleObject } from "../torch/pickleValues.ts";
import type { ClassDefinition, FunctionDefinition } from "./syntax.ts";

/** What the evaluator computes with. A plain number is an integer. */
export type Value =
  | AtenTensor
  | AtenSize
  | number
  | boolean
  | string
  | null
  | Float
  | List
  | Dict
  | ScriptObject
  | ScriptFunction
  | ScriptClass
  | Unknown;

/** A floating-point number: Python tells `2.` from `2`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A list, shared by whoever holds it; also a tuple, which nobody changes. */
export class List {
  readonly items: Value[];
  /** Names of the fields of a named tuple. */
  readonly fields: readonly string[] | undefined;

  constructor(items: Value[], fields?: readonly string[]) {
    this.items = items;
    this.fields = fields;
  }
}

export type Key = number | string | boolean;

/** A dictionary, shared by whoever holds it. */
export class Dict {
  readonly entries: Map<Key, Value>;

  constructor(entries: Map<Key, Value>) {
    this.entries = entries;
  }
}

/** An instance of a class of the archive: a module, or an object that the code makes. */
export class ScriptObject {
  readonly definition: LocatedClass;
  /** Where the network holds it, `layer1.0.conv1`; taps are named by it. */
  readonly path: string;
  /** What the archive says of its attributes; they become values when they are asked for. */
  readonly stored: PickleObject | undefined;
  /** Attributes that are values already. */
  readonly attributes = new Map<string, Value>();

  constructor(definition: LocatedClass, path: string, stored?: PickleObject) {
    this.definition = definition;
    this.path = path;
    this.stored = stored;
  }
}

/** A class with the file that defines it, and its full name. */
export interface LocatedClass {
  readonly file: string;
  readonly name: string;
  readonly syntax: ClassDefinition;
}

/** A function with the file that defines it. */
export class ScriptFunction {
  readonly file: string;
  readonly syntax: FunctionDefinition;

  constructor(file: string, syntax: FunctionDefinition) {
    this.file = file;
    this.syntax = syntax;
  }
}

/** A class as a value: the code calls it to make an instance. */
export class ScriptClass {
  readonly definition: LocatedClass;

  constructor(definition: LocatedClass) {
    this.definition = definition;
  }
}

/** A value that depends on the samples, or was never set; it matters only where something is decided by it. */
export class Unknown {
  /** For messages: `torch.any of a tensor`. */
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}
