import type { ByteSource } from "../byteSource.ts";
import { opcode as op } from "./opcodes.ts";
import { PickleInput } from "./pickleInput.ts";
import { parseBinaryLong, parseFloat0, parseInt0, parseLong, parseQuoted, parseRawUnicode } from "./pickleText.ts";
import { PickleGlobal, type PickleMap, PickleObject, type PickleValue } from "./pickleValues.ts";

/** What the file around a pickle, and the library that wrote it, give meaning to. */
export interface PickleMeanings {
  /** What a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
  /**
   * The result of a call or of making an instance, for the names that have a meaning; `undefined` for all others, which
   * become inert objects.
   * @param spend to be called with the number of values that are copied
   */
  construct(
    callable: PickleGlobal,
    args: readonly PickleValue[],
    spend: (values: number) => void,
  ): PickleValue | undefined;
}

export interface Unpickled {
  readonly value: PickleValue;
  /** Where the pickle ends in its source. */
  readonly end: number;
  /** The classes and functions that it names, `module.name`. */
  readonly globals: ReadonlySet<string>;
}

/** Opcodes and values of one pickle; a value that needs memory counts as several. */
const maxWork = 50_000_000;
const objectCost = 40;
const listCost = 8;
const maxStack = 10_000_000;
const maxMemo = 8_000_000;

/**
 * Reads one pickle of protocols 0 to 5 as data. It is a machine with a stack, without recursion; nothing that the pickle
 * names is looked up or called.
 * @throws Failure `pickle/truncated`, `pickle/bad-opcode`, `pickle/bad-value`, `pickle/stack`, `pickle/mark`, `pickle/memo`,
 *   `pickle/extension`, `pickle/out-of-band`, `pickle/protocol`, `pickle/huge-length`, `pickle/too-many-ops`,
 *   `pickle/limit`, and those of the meanings.
 */
export function unpickle(source: ByteSource, offset: number, meanings: PickleMeanings): Unpickled {
  return new Unpickler(source, offset, meanings).run();
}

/** Values by number. Every known writer counts up from 0, which a list keeps better than a map. */
class Memo {
  readonly #counted: PickleValue[] = [];
  readonly #others = new Map<number, PickleValue>();

  get size(): number {
    return this.#counted.length + this.#others.size;
  }

  set(index: number, value: PickleValue): void {
    if (index < this.#counted.length) this.#counted[index] = value;
    else if (index === this.#counted.length) this.#counted.push(value);
    else this.#others.set(index, value);
  }

  get(index: number): PickleValue | undefined {
    return index < this.#counted.length ? this.#counted[index] : this.#others.get(index);
  }
}

class Unpickler {
  readonly #input: PickleInput;
  readonly #meanings: PickleMeanings;
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at which marks stand. */
  readonly #marks: number[] = [];
  readonly #memo = new Memo();
  readonly #globals = new Map<string, PickleGlobal>();
  readonly #spend = (values: number): void => {
    this.#left -= values;
  };
  #left = maxWork;

  constructor(source: ByteSource, offset: number, meanings: PickleMeanings) {
    this.#input = new PickleInput(source, offset);
    this.#meanings = meanings;
  }

  run(): Unpickled {
    for (;;) {
      if (--this.#left < 0) throw this.#input.fail("pickle/too-many-ops", "The pickle is absurdly long");
      const code = this.#input.uint8();
      if (code === op.STOP) {
        return { value: this.#pop(), end: this.#input.position, globals: new Set(this.#globals.keys()) };
      }
      this.#step(code);
    }
  }

  #step(code: number): void {
    const input = this.#input;
    switch (code) {
      case op.PROTO: {
        const protocol = input.uint8();
        if (protocol > 5) throw input.fail("pickle/protocol", `Pickle protocol ${protocol} is not known`);
        return;
      }
      case op.FRAME:
        input.length64();
        return;
      case op.MARK:
        this.#marks.push(this.#stack.length);
        if (this.#marks.length > maxStack) throw this.#tooDeep();
        return;
      case op.POP:
        if (this.#marks.length > 0 && this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return;
      case op.POP_MARK:
        this.#sinceMark();
        return;
      case op.DUP:
        this.#push(this.#top());
        return;

      case op.NONE:
        this.#push(null);
        return;
      case op.NEWTRUE:
        this.#push(true);
        return;
      case op.NEWFALSE:
        this.#push(false);
        return;
      case op.BININT:
        this.#push(input.int32());
        return;
      case op.BININT1:
        this.#push(input.uint8());
        return;
      case op.BININT2:
        this.#push(input.uint16());
        return;
      case op.BINFLOAT:
        this.#push(input.double());
        return;
      case op.INT:
        this.#push(this.#parsed(parseInt0(input.line()), "integer"));
        return;
      case op.LONG:
        this.#push(this.#parsed(parseLong(input.line()), "integer"));
        return;
      case op.FLOAT:
        this.#push(this.#parsed(parseFloat0(input.line()), "number"));
        return;
      case op.LONG1:
        this.#push(this.#parsed(parseBinaryLong(input.bytes(input.uint8())), "integer"));
        return;
      case op.LONG4: {
        const bytes = input.skip(input.signedLength());
        this.#push(this.#parsed(bytes.length > 4096 ? undefined : parseBinaryLong(bytes.read()), "integer"));
        return;
      }

      case op.BINUNICODE:
        this.#push(input.text(input.uint32()));
        return;
      case op.SHORT_BINUNICODE:
        this.#push(input.text(input.uint8()));
        return;
      case op.BINUNICODE8:
        this.#push(input.text(input.length64()));
        return;
      case op.UNICODE:
        this.#push(parseRawUnicode(input.line()));
        return;
      case op.STRING:
        this.#push(this.#parsed(parseQuoted(input.line()), "text"));
        return;
      case op.BINSTRING:
        this.#push(input.byteText(input.signedLength()));
        return;
      case op.SHORT_BINSTRING:
        this.#push(input.byteText(input.uint8()));
        return;
      case op.BINBYTES:
        this.#pushBytes(input.uint32());
        return;
      case op.SHORT_BINBYTES:
        this.#pushBytes(input.uint8());
        return;
      case op.BINBYTES8:
        this.#pushBytes(input.length64());
        return;

      case op.EMPTY_TUPLE:
      case op.EMPTY_LIST:
        this.#pushList([]);
        return;
      case op.TUPLE:
      case op.LIST:
        this.#pushList(this.#sinceMark());
        return;
      case op.TUPLE1:
        this.#pushList(this.#popMany(1));
        return;
      case op.TUPLE2:
        this.#pushList(this.#popMany(2));
        return;
      case op.TUPLE3:
        this.#pushList(this.#popMany(3));
        return;
      case op.EMPTY_DICT:
        this.#pushNew(new Map());
        return;
      case op.DICT: {
        const pairs = this.#sinceMark();
        this.#pushNew(new Map());
        this.#setItems(pairs);
        return;
      }
      case op.EMPTY_SET:
        this.#pushNew(new Set());
        return;
      case op.FROZENSET: {
        const elements = this.#sinceMark();
        this.#pushNew(new Set());
        this.#addItems(elements);
        return;
      }
      case op.APPEND:
        this.#append(this.#popMany(1));
        return;
      case op.APPENDS:
        this.#append(this.#sinceMark());
        return;
      case op.SETITEM:
        this.#setItems(this.#popMany(2));
        return;
      case op.SETITEMS:
        this.#setItems(this.#sinceMark());
        return;
      case op.ADDITEMS:
        this.#addItems(this.#sinceMark());
        return;

      case op.PUT:
        this.#memoize(this.#parsed(Number(input.line()), "memo index"));
        return;
      case op.BINPUT:
        this.#memoize(input.uint8());
        return;
      case op.LONG_BINPUT:
        this.#memoize(input.uint32());
        return;
      case op.MEMOIZE:
        this.#memoize(this.#memo.size);
        return;
      case op.GET:
        this.#recall(Number(input.line()));
        return;
      case op.BINGET:
        this.#recall(input.uint8());
        return;
      case op.LONG_BINGET:
        this.#recall(input.uint32());
        return;

      case op.GLOBAL:
        this.#push(this.#global(input.line(), input.line()));
        return;
      case op.STACK_GLOBAL: {
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string") {
          throw input.fail("pickle/bad-value", "A class is named by something that is not a text");
        }
        this.#push(this.#global(module, name));
        return;
      }
      case op.REDUCE:
      case op.NEWOBJ: {
        const [callable, args] = this.#popMany(2);
        this.#construct(callable, args);
        return;
      }
      case op.NEWOBJ_EX: {
        const [callable, args] = this.#popMany(3);
        this.#construct(callable, args);
        return;
      }
      case op.OBJ: {
        const [callable, ...args] = this.#sinceMark();
        this.#construct(callable, args);
        return;
      }
      case op.INST: {
        const callable = this.#global(input.line(), input.line());
        this.#construct(callable, this.#sinceMark());
        return;
      }
      case op.BUILD: {
        const [state = null] = this.#popMany(1);
        const target = this.#top();
        if (target instanceof PickleObject) target.state = state;
        return;
      }
      case op.BINPERSID:
        this.#push(this.#meanings.persistent(this.#pop()));
        return;
      case op.PERSID:
        this.#push(this.#meanings.persistent(input.line()));
        return;

      case op.EXT1:
      case op.EXT2:
      case op.EXT4:
        throw input.fail(
          "pickle/extension",
          "It uses extension codes, which mean something on the writer's machine only",
        );
      case op.BYTEARRAY8:
      case op.NEXT_BUFFER:
      case op.READONLY_BUFFER:
        throw input.fail("pickle/out-of-band", "It keeps data in separate buffers, which are not in the file");
      default:
        throw input.fail("pickle/bad-opcode", `This is not a pickle: opcode 0x${code.toString(16)}`);
    }
  }

  #push(value: PickleValue): void {
    if (this.#stack.length >= maxStack) throw this.#tooDeep();
    this.#stack.push(value);
  }

  #pushNew(value: PickleValue): void {
    this.#spend(objectCost);
    this.#push(value);
  }

  #pushList(value: PickleValue[]): void {
    this.#spend(listCost);
    this.#push(value);
  }

  #pushBytes(length: number): void {
    this.#pushNew(this.#input.skip(length));
  }

  /** The uppermost value; values below the last mark cannot be reached. */
  #top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.#empty();
    return this.#stack.at(-1) ?? null;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popMany(count: number): PickleValue[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) throw this.#empty();
    return this.#stack.splice(this.#stack.length - count);
  }

  #sinceMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw this.#input.fail("pickle/mark", "It closes a list that it never opened");
    return this.#stack.splice(height);
  }

  #append(values: readonly PickleValue[]): void {
    const target = this.#top();
    if (target instanceof PickleObject) target.elements ??= [];
    const list = target instanceof PickleObject ? target.elements : target;
    if (!Array.isArray(list)) throw this.#mismatch("elements to something that is no list");
    for (const value of values) list.push(value);
  }

  #setItems(pairs: readonly PickleValue[]): void {
    const target = this.#top();
    if (target instanceof PickleObject) target.entries ??= new Map();
    const map: PickleValue | PickleMap | undefined = target instanceof PickleObject ? target.entries : target;
    if (!(map instanceof Map)) throw this.#mismatch("entries to something that is no dictionary");
    if (pairs.length % 2 !== 0) throw this.#mismatch("a key without a value");
    this.#spend(2 * pairs.length);
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i] ?? null, pairs[i + 1] ?? null);
  }

  #addItems(values: readonly PickleValue[]): void {
    const target = this.#top();
    this.#spend(2 * values.length);
    if (target instanceof PickleObject) {
      target.elements ??= [];
      for (const value of values) target.elements.push(value);
    } else if (target instanceof Set) for (const value of values) target.add(value);
    else throw this.#mismatch("elements to something that is no set");
  }

  #memoize(index: number): void {
    if (!Number.isSafeInteger(index) || index < 0) throw this.#input.fail("pickle/memo", `Memo index ${index}`);
    this.#memo.set(index, this.#top());
    if (this.#memo.size > maxMemo) throw this.#input.fail("pickle/limit", "It remembers an absurd number of values");
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#input.fail("pickle/memo", `It refers to value ${index}, which it never gave`);
    this.#push(value);
  }

  #global(module: string, name: string): PickleGlobal {
    const key = `${module}.${name}`;
    let global = this.#globals.get(key);
    if (global === undefined) {
      this.#spend(objectCost);
      global = new PickleGlobal(module, name);
      this.#globals.set(key, global);
    }
    return global;
  }

  #construct(callable: PickleValue | undefined, args: PickleValue | undefined): void {
    const list = Array.isArray(args) ? args : [];
    const isName = callable instanceof PickleGlobal;
    const known = isName ? this.#meanings.construct(callable, list, this.#spend) : undefined;
    this.#pushNew(known === undefined ? new PickleObject(isName ? callable.name : "", list) : known);
  }

  #parsed<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw this.#input.fail("pickle/bad-value", `A malformed ${what}`);
    return value;
  }

  #mismatch(what: string) {
    return this.#input.fail("pickle/bad-value", `It adds ${what}`);
  }

  #empty() {
    return this.#input.fail("pickle/stack", "It takes values that are not there");
  }

  #tooDeep() {
    return this.#input.fail("pickle/limit", "It keeps an absurd number of values open");
  }
}
