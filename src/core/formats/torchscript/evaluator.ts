import { Failure } from "../../failure.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { AtenLowering } from "../../lowering/aten/lowering.ts";
import { StoredValues } from "./attributes.ts";
import { position, write } from "./elements.ts";
import { Operators } from "./operators.ts";
import { computeScalar, isScalar } from "./scalars.ts";
import type { Sources } from "./sources.ts";
import { type Call, dottedName, type Expression, type FunctionDefinition, type Statement } from "./syntax.ts";
import { inspectTensor, isTensorValue } from "./tensors.ts";
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

/** Statements, expressions and elements copied. Torchvision's largest networks take 0.3 million. */
const maxSteps = 5_000_000;
/** Calls, statements and expressions within each other; the evaluator recurses into them. */
const maxDepth = 1200;
/** Indices of CONSTANTS are `c0`, `c1`, … */
const constantPattern = /^CONSTANTS\.c(\d+)$/;

type Frame = Map<string, Value>;
/** What a block ends with: a value that it returns, or `undefined` where it runs to its end. */
type Outcome = { readonly value: Value } | undefined;

/**
 * Runs the code of an archive with everything known but the samples: calls are inlined, branches and loops are decided, and
 * what remains are calls of ATen operators, which go to the lowering. Nodes belong to the module whose method makes them.
 */
export class Evaluator {
  readonly #sources: Sources;
  readonly #builder: GraphBuilder;
  readonly #lowering: AtenLowering;
  readonly #constants: readonly Value[];
  readonly #stored: StoredValues;
  readonly #operators: Operators;
  #file = "";
  #line = 0;
  #depth = 0;
  #steps = 0;

  /** @param makeConstants gives the values of `constants.pkl`. */
  constructor(
    sources: Sources,
    builder: GraphBuilder,
    lowering: AtenLowering,
    makeConstants: (stored: StoredValues) => readonly Value[],
  ) {
    this.#sources = sources;
    this.#builder = builder;
    this.#lowering = lowering;
    this.#stored = new StoredValues(sources, lowering);
    this.#constants = makeConstants(this.#stored);
    this.#operators = new Operators(lowering, { spend: (elements) => this.#spend(elements) });
  }

  get stored(): StoredValues {
    return this.#stored;
  }

  /** How far it has come: which of several attempts that failed was the best. */
  get steps(): number {
    return this.#steps;
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
    if (!method) throw this.#fail("bad-code", `${object.definition.name} has no method ${name}`);
    const call = () => this.#invoke(new ScriptFunction(object.definition.file, method), [object, ...args], named);
    return object.stored ? this.#builder.inModule(object.path, call) : call();
  }

  #invoke(callee: ScriptFunction, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    const [file, line] = [this.#file, this.#line];
    const frame = this.#bind(callee.syntax, args, named);
    this.#file = callee.file;
    this.#line = callee.syntax.line;
    const outcome = this.#block(callee.syntax.body, frame);
    this.#file = file;
    this.#line = line;
    return outcome?.value ?? null;
  }

  #bind(syntax: FunctionDefinition, args: readonly Value[], named: ReadonlyMap<string, Value>): Frame {
    const frame: Frame = new Map();
    for (const [i, { name, fallback }] of syntax.parameters.entries()) {
      const value = args[i] ?? named.get(name);
      if (value !== undefined) frame.set(name, value);
      else if (args.length > i) frame.set(name, null);
      else if (fallback) frame.set(name, this.#evaluate(fallback, new Map()));
      else throw this.#fail("bad-code", `${syntax.name} is called without ${name}`);
    }
    return frame;
  }

  // Statements

  #block(statements: readonly Statement[], frame: Frame): Outcome {
    this.#enter();
    for (const statement of statements) {
      this.#line = statement.line;
      this.#spend(1);
      const outcome = this.#execute(statement, frame);
      if (outcome) return this.#leave(outcome);
    }
    return this.#leave(undefined);
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
        throw this.#fail("raised", "The network refuses this input");
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
          this.#spend(1);
        }
        return undefined;
      case "for":
        for (const value of this.#iterate(statement.iterable, frame)) {
          frame.set(statement.target, value);
          const outcome = this.#block(statement.body, frame);
          if (outcome) return outcome;
          this.#spend(1);
        }
        return undefined;
    }
  }

  /** An assertion about the samples is taken to hold: a branch that only raises is not gone into. */
  #branch(statement: Statement & { kind: "if" }, frame: Frame): Outcome {
    const truth = this.#truth(this.#evaluate(statement.condition, frame));
    if (!(truth instanceof Unknown)) return this.#block(truth ? statement.then : statement.otherwise, frame);
    if (statement.then.some(raises)) return this.#block(statement.otherwise, frame);
    if (statement.otherwise.some(raises)) return this.#block(statement.then, frame);
    throw this.#dataDependent(truth);
  }

  #decide(condition: Expression, frame: Frame): boolean {
    const truth = this.#truth(this.#evaluate(condition, frame));
    if (truth instanceof Unknown) throw this.#dataDependent(truth);
    return truth;
  }

  #truth(value: Value): boolean | Unknown {
    if (isScalar(value)) {
      const truth = computeScalar("Bool", [value]);
      return typeof truth === "boolean" || truth instanceof Unknown ? truth : true;
    }
    if (isTensorValue(value)) {
      const truth = inspectTensor("Bool", value, [value], this.#lowering);
      return typeof truth === "boolean" ? truth : new Unknown("a condition on a tensor's elements");
    }
    if (value instanceof List) return value.items.length > 0;
    return value !== null && value !== "";
  }

  *#iterate(iterable: Expression, frame: Frame): Generator<Value> {
    if (iterable.kind === "call" && dottedName(iterable.callee) === "range") {
      const bounds = iterable.args.map((argument) => this.#integer(this.#evaluate(argument, frame)));
      const [start, end, step] =
        bounds.length === 1 ? [0, bounds[0]!, 1] : [bounds[0] ?? 0, bounds[1] ?? 0, bounds[2] ?? 1];
      if (step === 0) throw this.#fail("bad-code", "A loop goes on in steps of 0");
      for (let i = start; step > 0 ? i < end : i > end; i += step) yield i;
      return;
    }
    const value = this.#evaluate(iterable, frame);
    if (value instanceof List) yield* value.items;
    else if (value instanceof Dict) yield* value.entries.keys();
    else throw this.#fail("unsupported", "A loop goes over something that is no list");
  }

  #integer(value: Value): number {
    if (typeof value === "number") return value;
    if (value instanceof Unknown) throw this.#dataDependent(value);
    throw this.#fail("data-dependent", "The number of turns of a loop depends on the samples");
  }

  #assign(targets: readonly Expression[], unpack: boolean, value: Value, frame: Frame): void {
    if (!unpack) {
      this.#set(targets[0]!, value, frame);
      return;
    }
    if (!(value instanceof List)) throw this.#fail("bad-code", "Something that is no list is taken apart");
    if (value.items.length !== targets.length) {
      throw this.#fail("bad-code", `${value.items.length} values are assigned to ${targets.length} names`);
    }
    for (const [i, target] of targets.entries()) this.#set(target, value.items[i] ?? null, frame);
  }

  #set(target: Expression, value: Value, frame: Frame): void {
    if (target.kind === "name") {
      frame.set(target.name, value);
      return;
    }
    if (target.kind !== "attribute") throw this.#fail("bad-code", "A value is assigned to something that is no name");
    const object = this.#evaluate(target.base, frame);
    if (!(object instanceof ScriptObject))
      throw this.#fail("bad-code", `An attribute ${target.name} is set on no object`);
    object.attributes.set(target.name, value);
  }

  // Expressions

  #evaluate(expression: Expression, frame: Frame): Value {
    this.#enter();
    this.#spend(1);
    return this.#leave(this.#valueOf(expression, frame));
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
      throw this.#fail("bad-code", `${expression.name} has no value`);
    }
    const name = dottedName(expression);
    if (name === undefined || frame.has(name.slice(0, name.indexOf(".")))) {
      return this.#attribute(this.#evaluate(expression.base, frame), expression.name);
    }
    const constant = constantPattern.exec(name)?.[1];
    if (constant !== undefined) {
      const value = this.#constants[Number(constant)];
      if (value !== undefined) return value;
    }
    const found = this.#global(name);
    if (found) return found;
    throw this.#fail("bad-code", `There is no ${name}`);
  }

  #global(name: string): ScriptFunction | ScriptClass | undefined {
    if (!name.startsWith("__torch__")) return undefined;
    const found = this.#sources.findFunction(name);
    if (found) return found;
    const definition = this.#sources.findClass(name);
    return definition && new ScriptClass(definition);
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
    throw this.#fail("bad-code", `Something has no attribute ${name}`);
  }

  #storedAttribute(object: ScriptObject, name: string): Value | undefined {
    // Networks are looked at as they answer, whatever mode they were saved in.
    if (name === "training" && object.stored) return false;
    const stored = this.#stored.attribute(object, name);
    const constant = object.definition.syntax.constants.get(name);
    const value = stored === undefined && constant ? this.#evaluate(constant, new Map()) : stored;
    if (value !== undefined) object.attributes.set(name, value);
    return value;
  }

  #item(base: Value, index: Value): Value {
    if (index instanceof Unknown) throw this.#dataDependent(index);
    if (base instanceof List) {
      const at = position(base.items.length, index);
      if (at === undefined) throw this.#fail("bad-code", `Position ${write(index)} of a list of ${base.items.length}`);
      return base.items[at] ?? null;
    }
    return this.#operate(
      isTensorValue(base) ? "select" : "__getitem__",
      isTensorValue(base) ? [base, 0, index] : [base, index],
    );
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
    throw this.#fail("bad-code", "Something is called that is no function");
  }

  #callGlobal(name: string, call: Call, frame: Frame): Value {
    const found = this.#global(name);
    if (found) return this.#callValue(found, call, frame);
    if (name.endsWith(".__new__")) {
      const definition = this.#sources.findClass(name.slice(0, -".__new__".length));
      if (definition) return new ScriptObject(definition, "");
    }
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
      throw this.#fail("raised", `The network refuses this input: "${write(args[0] ?? null)}"`);
    }
    const operator = operatorPattern.exec(name)?.[1] ?? builtins.get(name);
    if (operator === undefined) {
      throw this.#fail("unsupported-op", `The operator ${name.replace(/^ops\./, "")} is not known`);
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
      // What the budget refuses has its place already.
      if (!(error instanceof Failure) || error.message.endsWith(`(${this.#place()}).`)) throw error;
      const message = `${error.message.replace(/\.$/, "")} (${this.#place()}).`;
      throw new Failure(error.code, message, { file: error.file, hint: error.hint });
    }
  }

  // Limits and messages

  #enter(): void {
    if (++this.#depth > maxDepth) throw this.#fail("limit", "Calls are nested absurdly deep");
  }

  #leave<T>(value: T): T {
    this.#depth--;
    return value;
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (!(this.#steps <= maxSteps)) throw this.#fail("limit", "The network's code runs absurdly long");
  }

  #place(): string {
    return `line ${this.#line} of ${this.#file}`;
  }

  #dataDependent({ what }: Unknown): Failure {
    return new Failure("torchscript/data-dependent", `The network's structure depends on ${what} (${this.#place()}).`, {
      hint: "Export it as .pt2 or ONNX for one kind of input.",
    });
  }

  #fail(reason: string, message: string): Failure {
    return new Failure(`torchscript/${reason}`, `${message} (${this.#place()}).`);
  }
}

const operatorPattern = /^(?:torch|ops\.(?:aten|prim))\.(\w+)$/;

/** Functions of Python that the printer writes without a module. */
const builtins: ReadonlyMap<string, string> = new Map([
  ["int", "Int"],
  ["float", "Float"],
  ["bool", "Bool"],
  ["str", "str"],
  ["unchecked_unwrap_optional", "unchecked_unwrap_optional"],
  ["_unwrap_optional", "unchecked_unwrap_optional"],
]);
/** `annotate(int, x)` takes the number out of a tensor. */
const scalarCasts: ReadonlyMap<string, string> = new Map([
  ["int", "Int"],
  ["float", "Float"],
  ["bool", "Bool"],
  ["number", "item"],
]);

/** Whether a statement only raises. */
function raises(statement: Statement): boolean {
  if (statement.kind === "raise") return true;
  const call = statement.kind === "expression" && statement.value.kind === "call" ? statement.value : undefined;
  return call !== undefined && dottedName(call.callee) === "ops.prim.RaiseException";
}
