import { Failure } from "../../failure.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { AtenLowering } from "../../lowering/aten/lowering.ts";
import { ArchiveNames } from "./archiveNames.ts";
import { StoredValues } from "./attributes.ts";
import { operatorOf, scalarCasts } from "./builtins.ts";
import { Course } from "./course.ts";
import { position, write } from "./elements.ts";
import { Operators } from "./operators.ts";
import { bindParameters, type Frame } from "./parameters.ts";
import { range } from "./range.ts";
import type { Sources } from "./sources.ts";
import { type Call, dottedName, type Expression, type Statement } from "./syntax.ts";
import { isTensorValue } from "./tensors.ts";
import { raises, truthOf } from "./truth.ts";
import { hasType } from "./typeTests.ts";
import {
  Dict,
  Float,
  List,
  type LocatedClass,
  ScriptClass,
  ScriptFunction,
  ScriptObject,
  Unknown,
  type Value,
} from "./values.ts";

/** What a block ends with: a value that it returns, or `undefined` where it runs to its end. */
type Outcome = { readonly value: Value } | undefined;

/**
 * Runs the code of an archive with everything known but the samples: calls are inlined, branches and loops are decided, and
 * what remains are calls of ATen operators, which go to the lowering. Nodes belong to the module whose method makes them.
 */
export class Evaluator {
  readonly #builder: GraphBuilder;
  readonly #lowering: AtenLowering;
  readonly #names: ArchiveNames;
  readonly stored: StoredValues;
  readonly #operators: Operators;
  readonly #course = new Course();

  /** @param makeConstants gives the values of `constants.pkl`. */
  constructor(
    sources: Sources,
    builder: GraphBuilder,
    lowering: AtenLowering,
    makeConstants: (stored: StoredValues) => readonly Value[],
  ) {
    this.#builder = builder;
    this.#lowering = lowering;
    this.stored = new StoredValues(sources, lowering);
    this.#names = new ArchiveNames(sources, makeConstants(this.stored));
    this.#operators = new Operators(lowering, { spend: (elements) => this.#course.spend(elements) });
  }

  /** How far it has come: which of several attempts that failed was the best. */
  get steps(): number {
    return this.#course.steps;
  }

  /**
   * Calls a method of an object.
   * @throws Failure `torchscript/data-dependent`, `torchscript/raised`, `torchscript/limit`, `torchscript/bad-code`,
   *   `torchscript/unsupported`, and those of the lowering.
   */
  callMethod(object: ScriptObject, name: string, args: readonly Value[]): Value {
    return this.#callMethod(object, name, args, new Map());
  }

  #callMethod(object: ScriptObject, name: string, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    const method = object.definition.syntax.methods.get(name);
    if (!method) throw this.#course.failure("bad-code", `${object.definition.name} has no method ${name}`);
    const call = () => this.#invoke(new ScriptFunction(object.definition.file, method), [object, ...args], named);
    return object.stored ? this.#builder.inModule(object.path, call) : call();
  }

  #invoke(callee: ScriptFunction, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    const [file, line] = [this.#course.file, this.#course.line];
    const frame = bindParameters(callee.syntax, args, named, (fallback) => this.#evaluate(fallback, new Map()));
    if (typeof frame === "string") throw this.#course.failure("bad-code", frame);
    this.#course.file = callee.file;
    this.#course.line = callee.syntax.line;
    const outcome = this.#block(callee.syntax.body, frame);
    this.#course.file = file;
    this.#course.line = line;
    return outcome?.value ?? null;
  }

  // Statements

  #block(statements: readonly Statement[], frame: Frame): Outcome {
    this.#course.enter();
    for (const statement of statements) {
      this.#course.line = statement.line;
      this.#course.spend(1);
      const outcome = this.#execute(statement, frame);
      if (outcome) return this.#course.leave(outcome);
    }
    return this.#course.leave(undefined);
  }

  #execute(statement: Statement, frame: Frame): Outcome {
    switch (statement.kind) {
      case "pass":
        return undefined;
      case "expression":
        this.#evaluate(statement.value, frame);
        return undefined;
      case "return":
        return { value: this.#evaluate(statement.value, frame) };
      case "raise":
        throw this.#course.failure("raised", "The network refuses this input");
      case "assign":
        this.#assign(statement.targets, statement.unpack, this.#evaluate(statement.value, frame), frame);
        return undefined;
      case "if":
        return this.#branch(statement, frame);
      case "with":
        return this.#block(statement.body, frame);
      case "while":
        while (this.#decide(statement.condition, frame)) {
          const outcome = this.#block(statement.body, frame);
          if (outcome) return outcome;
          this.#course.spend(1);
        }
        return undefined;
      case "for":
        for (const value of this.#iterate(statement.iterable, frame)) {
          frame.set(statement.target, value);
          const outcome = this.#block(statement.body, frame);
          if (outcome) return outcome;
          this.#course.spend(1);
        }
        return undefined;
    }
  }

  /** An assertion about the samples is taken to hold: a branch that only raises is not gone into. */
  #branch(statement: Statement & { kind: "if" }, frame: Frame): Outcome {
    const truth = truthOf(this.#evaluate(statement.condition, frame), this.#lowering);
    if (!(truth instanceof Unknown)) return this.#block(truth ? statement.then : statement.otherwise, frame);
    if (statement.then.some(raises)) return this.#block(statement.otherwise, frame);
    if (statement.otherwise.some(raises)) return this.#block(statement.then, frame);
    throw this.#course.dataDependent(truth);
  }

  #decide(condition: Expression, frame: Frame): boolean {
    const truth = truthOf(this.#evaluate(condition, frame), this.#lowering);
    if (truth instanceof Unknown) throw this.#course.dataDependent(truth);
    return truth;
  }

  *#iterate(iterable: Expression, frame: Frame): Generator<Value> {
    if (iterable.kind === "call" && dottedName(iterable.callee) === "range") {
      const bounds = iterable.args.map((argument) => this.#integer(this.#evaluate(argument, frame)));
      const turns = range(bounds);
      if (!turns) throw this.#course.failure("bad-code", "A loop goes on in steps of 0");
      yield* turns;
      return;
    }
    const value = this.#evaluate(iterable, frame);
    if (value instanceof List) yield* value.items;
    else if (value instanceof Dict) yield* value.entries.keys();
    else throw this.#course.failure("unsupported", "A loop goes over something that is no list");
  }

  #integer(value: Value): number {
    if (typeof value === "number") return value;
    if (value instanceof Unknown) throw this.#course.dataDependent(value);
    throw this.#course.failure("data-dependent", "The number of turns of a loop depends on the samples");
  }

  #assign(targets: readonly Expression[], unpack: boolean, value: Value, frame: Frame): void {
    if (!unpack) {
      this.#set(targets[0]!, value, frame);
      return;
    }
    if (!(value instanceof List)) throw this.#course.failure("bad-code", "Something that is no list is taken apart");
    if (value.items.length !== targets.length) {
      throw this.#course.failure("bad-code", `${value.items.length} values are assigned to ${targets.length} names`);
    }
    for (const [i, target] of targets.entries()) this.#set(target, value.items[i] ?? null, frame);
  }

  #set(target: Expression, value: Value, frame: Frame): void {
    if (target.kind === "name") {
      frame.set(target.name, value);
      return;
    }
    if (target.kind !== "attribute")
      throw this.#course.failure("bad-code", "A value is assigned to something that is no name");
    const object = this.#evaluate(target.base, frame);
    if (!(object instanceof ScriptObject))
      throw this.#course.failure("bad-code", `An attribute ${target.name} is set on no object`);
    object.attributes.set(target.name, value);
  }

  // Expressions

  #evaluate(expression: Expression, frame: Frame): Value {
    this.#course.enter();
    this.#course.spend(1);
    return this.#course.leave(this.#valueOf(expression, frame));
  }

  #valueOf(expression: Expression, frame: Frame): Value {
    switch (expression.kind) {
      case "none":
        return null;
      case "bool":
      case "int":
      case "string":
        return expression.value;
      case "float":
        return new Float(expression.value);
      case "list":
      case "tuple":
        return new List(expression.items.map((item) => this.#evaluate(item, frame)));
      case "dict":
        return this.#operators.dict(
          expression.entries.map(([key, value]) => [this.#evaluate(key, frame), this.#evaluate(value, frame)]),
        );
      case "name":
      case "attribute":
        return this.#named(expression, frame);
      case "index":
        return this.#item(this.#evaluate(expression.base, frame), this.#evaluate(expression.index, frame));
      case "slice": {
        const bounds = [expression.start, expression.end].map((bound) => (bound ? this.#evaluate(bound, frame) : null));
        return this.#operate("slice", [this.#evaluate(expression.base, frame), ...bounds]);
      }
      case "call":
        return this.#call(expression, frame);
    }
  }

  /** A variable, an attribute of an object, or a name of the archive. */
  #named(expression: Expression & { kind: "name" | "attribute" }, frame: Frame): Value {
    if (expression.kind === "name") {
      const value = frame.get(expression.name);
      if (value !== undefined) return value;
      throw this.#course.failure("bad-code", `${expression.name} has no value`);
    }
    const name = dottedName(expression);
    if (name === undefined || frame.has(name.slice(0, name.indexOf(".")))) {
      return this.#attribute(this.#evaluate(expression.base, frame), expression.name);
    }
    const found = this.#names.constant(name) ?? this.#names.global(name);
    if (found !== undefined) return found;
    throw this.#course.failure("bad-code", `There is no ${name}`);
  }

  #attribute(base: Value, name: string): Value {
    if (base instanceof List) {
      const value = base.items[base.fields?.indexOf(name) ?? -1];
      if (value !== undefined) return value;
    }
    if (base instanceof ScriptObject) {
      const known = base.attributes.get(name);
      const value = known === undefined ? this.#storedAttribute(base, name) : known;
      if (value !== undefined) return value;
    }
    throw this.#course.failure("bad-code", `There is no attribute ${name}`);
  }

  #storedAttribute(object: ScriptObject, name: string): Value | undefined {
    // Networks are looked at as they answer, whatever mode they were saved in.
    if (name === "training" && object.stored) return false;
    const stored = this.stored.attribute(object, name);
    const constant = object.definition.syntax.constants.get(name);
    const value = stored === undefined && constant ? this.#evaluate(constant, new Map()) : stored;
    if (value !== undefined) object.attributes.set(name, value);
    return value;
  }

  #item(base: Value, index: Value): Value {
    if (index instanceof Unknown) throw this.#course.dataDependent(index);
    if (base instanceof List) {
      const at = position(base.items.length, index);
      if (at === undefined)
        throw this.#course.failure("bad-code", `Position ${write(index)} of a list of ${base.items.length}`);
      return base.items[at] ?? null;
    }
    return isTensorValue(base)
      ? this.#operate("select", [base, 0, index])
      : this.#operate("__getitem__", [base, index]);
  }

  // Calls

  #call(call: Call, frame: Frame): Value {
    const { callee } = call;
    const name = dottedName(callee);
    if (name !== undefined && !frame.has(name.split(".", 1)[0] ?? "")) return this.#callGlobal(name, call, frame);
    if (callee.kind === "attribute") {
      const object = this.#evaluate(callee.base, frame);
      if (object instanceof ScriptObject) {
        return this.#callMethod(object, callee.name, this.#args(call, frame), this.#namedArgs(call, frame));
      }
    }
    return this.#callValue(this.#evaluate(callee, frame), call, frame);
  }

  #callValue(callee: Value, call: Call, frame: Frame): Value {
    const [args, named] = [this.#args(call, frame), this.#namedArgs(call, frame)];
    if (callee instanceof ScriptFunction) return this.#invoke(callee, args, named);
    if (callee instanceof ScriptClass) return this.#construct(callee.definition, args, named);
    throw this.#course.failure("bad-code", "Something is called that is no function");
  }

  #callGlobal(name: string, call: Call, frame: Frame): Value {
    const found = this.#names.global(name);
    if (found) return this.#callValue(found, call, frame);
    const object = this.#names.newObject(name);
    if (object) return object;
    const [first, second] = call.args;
    switch (name) {
      case "uninitialized":
        return new Unknown("a value that was never set");
      case "annotate":
      case "unchecked_cast": {
        const value = second ? this.#evaluate(second, frame) : null;
        const scalar = first?.kind === "name" && isTensorValue(value) ? scalarCasts.get(first.name) : undefined;
        return scalar === undefined ? value : this.#operate(scalar, [value]);
      }
      case "isinstance":
        return first && second ? hasType(this.#evaluate(first, frame), second) : false;
    }
    const args = this.#args(call, frame);
    if (name === "getattr" && args[0] !== undefined && typeof args[1] === "string")
      return this.#attribute(args[0], args[1]);
    if (name === "ops.prim.RaiseException") {
      throw this.#course.failure("raised", `The network refuses this input: "${write(args[0] ?? null)}"`);
    }
    const operator = operatorOf(name);
    if (operator === undefined) {
      throw this.#course.failure("unsupported-op", `The operator ${name.replace(/^ops\./, "")} is not known`);
    }
    return this.#operate(operator, args, this.#namedArgs(call, frame));
  }

  #construct(definition: LocatedClass, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    const { syntax } = definition;
    if (syntax.base === "NamedTuple") return new List(args.slice(), Array.from(syntax.attributes.keys()));
    const object = new ScriptObject(definition, "");
    if (syntax.methods.has("__init__")) this.#callMethod(object, "__init__", args, named);
    return object;
  }

  #args(call: Call, frame: Frame): Value[] {
    return call.args.map((argument) => this.#evaluate(argument, frame));
  }

  #namedArgs(call: Call, frame: Frame): Map<string, Value> {
    return new Map(call.named.map(([name, value]) => [name, this.#evaluate(value, frame)]));
  }

  #operate(operator: string, args: readonly Value[], named: ReadonlyMap<string, Value> = new Map()): Value {
    try {
      return this.#operators.call(operator, args, named);
    } catch (error) {
      throw error instanceof Failure ? this.#course.placed(error) : error;
    }
  }
}
