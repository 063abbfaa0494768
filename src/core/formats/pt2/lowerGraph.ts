import { Failure } from "../../failure.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import { AtenLowering } from "../../lowering/aten/lowering.ts";
import { type AtenValue, isList, type Size } from "../../lowering/aten/value.ts";
import { evaluateExpression } from "./expression.ts";
import { exportedSize } from "./inputs.ts";
import { isObject, type Json, listOf, malformed, numberOf, objectOf, textOf } from "./json.ts";
import { type ExportedGraph, type ExportedNode, nameIn, namesOf, readGraph } from "./program.ts";
import { operatorTypeOf } from "./scalarTypes.ts";
import { activeMember, type Member, memberOf } from "./union.ts";

/** Operators of ATen and of the namespaces whose operators are known by the same names. */
const operatorPattern = /^torch\.ops\.(?:aten|quantized_decomposed)\.(\w+)(?:\.(\w+))?$/;
/** Calls of a graph under a setting that does not matter here: the graph stands behind `settings` arguments. */
const wrappers: ReadonlyMap<string, number> = new Map([
  ["wrap_with_set_grad_enabled", 1],
  ["wrap_with_autocast", 4],
]);
const wrapperPattern = /(?:^|\.)(wrap_with_\w+)$/;
/** Checks of what the exported program was given, and settings: nothing is computed. */
const ignoredPattern =
  /_assert|_guards|sym_constrain_range|\._check|_set_grad_enabled$|_(?:enter|exit)_autocast|_log_api_usage|bind_symint/;
const getItem = /^(?:_operator\.getitem|<built-in function getitem>)$/;

/**
 * Writes the nodes of an exported graph down, those of the graphs it calls among them.
 * @throws Failure `pt2/unsupported-op` with every operator that is not known, and those of {@link AtenLowering.call}.
 */
export class GraphLowering {
  readonly #builder: GraphBuilder;
  readonly #lowering: AtenLowering;
  readonly #symbols: ReadonlyMap<string, Size>;
  readonly #values = new Map<string, AtenValue>();

  constructor(builder: GraphBuilder, lowering: AtenLowering, symbols: ReadonlyMap<string, Size>) {
    this.#builder = builder;
    this.#lowering = lowering;
    this.#symbols = symbols;
  }

  /** Gives a value its name. */
  set(name: string, value: AtenValue): void {
    this.#values.set(name, value);
  }

  /** Gives the value of an argument its name. */
  setArgument(name: string, argument: Member): void {
    this.#values.set(name, this.#value(argument));
  }

  /** A value by its name. */
  get(name: string): AtenValue {
    const value = this.#values.get(name);
    if (value === undefined) throw malformed(`the value "${name}" is used and never made`);
    return value;
  }

  /** Writes all nodes of a graph down. */
  run(graph: ExportedGraph, depth = 0): void {
    for (const node of graph.nodes) {
      this.#builder.inModule(node.module || (depth > 0 ? this.#builder.module : ""), () =>
        this.#node(node, graph, depth),
      );
    }
  }

  #node(node: ExportedNode, graph: ExportedGraph, depth: number): void {
    if (!this.#assignIntegers(node, graph)) this.#assign(node, this.#result(node, depth));
  }

  #result(node: ExportedNode, depth: number): AtenValue {
    const wrapper = wrapperPattern.exec(node.target)?.[1];
    if (wrapper !== undefined) return this.#inlined(node, wrappers.get(wrapper) ?? 0, depth);
    if (ignoredPattern.test(node.target)) return null;
    if (getItem.test(node.target)) {
      const [list, index] = node.inputs.map(({ argument }) => this.#value(argument));
      return isList(list) && typeof index === "number" ? (list[index] ?? null) : null;
    }
    const [, name, overload] = operatorPattern.exec(node.target) ?? [];
    return name === undefined ? null : this.#call(overload === undefined ? name : `${name}.${overload}`, node);
  }

  /** Arguments have names; where those are not the ones that are known, their order tells. */
  #call(operator: string, { inputs }: ExportedNode): AtenValue {
    const values = inputs.map(({ argument }) => this.#value(argument));
    const named = new Map(inputs.map(({ name }, i) => [name, values[i] ?? null]));
    try {
      return this.#lowering.call(operator, [], named);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "pt2/bad-argument") throw error;
      const first = inputs.findIndex(({ byName }) => byName);
      const count = first < 0 ? inputs.length : first;
      return this.#lowering.call(operator, values.slice(0, count), new Map([...named].slice(count)));
    }
  }

  /** A graph that a node calls: its nodes as if they stood here. */
  #inlined({ inputs }: ExportedNode, settings: number, depth: number): AtenValue {
    const { tag, value } = inputs[settings]?.argument ?? { tag: "", value: null };
    if (tag !== "as_graph") throw malformed("a graph is called that is not there");
    const graph = readGraph(objectOf(value, "a graph").graph, depth + 1);
    const args = inputs.slice(settings + 1).map(({ argument }) => this.#value(argument));
    for (const [i, name] of graph.inputs.entries()) this.#values.set(name, args[i] ?? null);
    this.run(graph, depth + 1);
    return graph.outputs.map((name) => (name === "" ? null : this.get(name)));
  }

  /** Integers are worked out from what the export says of them. */
  #assignIntegers({ outputs }: ExportedNode, { integers }: ExportedGraph): boolean {
    const names = outputs.flatMap((output) => (output.tag === "as_sym_int" ? namesOf(output) : []));
    if (names.length === 0 || names.length < outputs.length) return false;
    for (const name of names) {
      const json = integers.get(name);
      const size = json === undefined ? undefined : exportedSize(json);
      const value = typeof size === "object" ? evaluateExpression(size.expression, this.#symbols) : size;
      if (value === undefined) return false;
      this.#values.set(name, value);
    }
    return true;
  }

  /** Results by the names of a node's outputs; one that is no list may stand for a list of one. */
  #assign({ outputs }: ExportedNode, result: AtenValue): void {
    const names = outputs.flatMap(namesOf);
    const list = isList(result) ? result : [result];
    for (const [i, name] of names.entries()) if (name !== "") this.#values.set(name, list[i] ?? null);
  }

  #value({ tag, value }: Member): AtenValue {
    switch (tag) {
      case "as_none":
        return null;
      case "as_tensor":
        return this.get(nameIn(value));
      case "as_tensors":
        return listOf(value, tag).map((each) => this.get(nameIn(each)));
      case "as_optional_tensors":
        return listOf(value, tag).map((each) => {
          const member = activeMember(each);
          return member.tag === "as_tensor" ? this.get(nameIn(member.value)) : null;
        });
      case "as_int":
        return numberOf(value, tag);
      case "as_ints":
        return listOf(value, tag).map((each) => numberOf(each, tag));
      case "as_float":
        return { kind: "float", value: numberOf(value, tag) };
      case "as_floats":
        return listOf(value, tag).map((each) => ({ kind: "float", value: numberOf(each, tag) }));
      case "as_bool":
        return value === true;
      case "as_bools":
        return listOf(value, tag).map((each) => each === true);
      case "as_string":
        return textOf(value, tag);
      case "as_strings":
        return listOf(value, tag).map((each) => textOf(each, tag));
      case "as_sym_int":
      case "as_sym_float":
      case "as_sym_bool":
        return this.#symbolic(value);
      case "as_sym_ints":
      case "as_sym_floats":
      case "as_sym_bools":
        return listOf(value, tag).map((each) => this.#symbolic(each));
      case "as_scalar_type":
        return operatorTypeOf(numberOf(value, tag));
      case "as_device":
        return isObject(value) && typeof value.type === "string" ? value.type : "cpu";
      default:
        // Memory formats, layouts, and objects that no operator here depends on.
        return null;
    }
  }

  /** `{as_name}`, `{as_int}`, or what newer versions add. */
  #symbolic(json: Json): AtenValue {
    const member = memberOf(json);
    if (!member) throw malformed("a size has neither name nor value");
    if (member.tag === "as_name") return this.get(textOf(member.value, "a size's name"));
    if (member.tag === "as_float") return { kind: "float", value: numberOf(member.value, "a number") };
    return typeof member.value === "boolean" ? member.value : numberOf(member.value, "a size");
  }
}

/** How many places of an unknown operator are named. */
const namedPlaces = 3;

/** Refuses a program with operators that are not known, all at once. @throws Failure `pt2/unsupported-op`. */
export function refuseUnsupported(graph: ExportedGraph): void {
  const found = new Map<string, string[]>();
  const pending: { graph: ExportedGraph; depth: number }[] = [{ graph, depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const node of next.graph.nodes) {
      const settings = wrappers.get(wrapperPattern.exec(node.target)?.[1] ?? "");
      const inner = settings === undefined ? undefined : node.inputs[settings]?.argument;
      if (inner?.tag === "as_graph" && isObject(inner.value)) {
        pending.push({ graph: readGraph(inner.value.graph, next.depth + 1), depth: next.depth + 1 });
      } else if (!isKnown(node)) {
        const name = node.target.replace(/^torch\.ops\./, "");
        const places = found.get(name) ?? [];
        places.push(node.module || "the network itself");
        found.set(name, places);
      }
    }
  }
  if (found.size === 0) return;
  const list = [...found].map(([name, places]) => {
    const distinct = [...new Set(places)];
    const rest = distinct.length > namedPlaces ? ", …" : "";
    return `${name} (${places.length}×: ${distinct.slice(0, namedPlaces).join(", ")}${rest})`;
  });
  throw new Failure("pt2/unsupported-op", `It uses operators that cannot be read: ${list.join("; ")}.`, {
    hint: "Export the network to ONNX and compare that file.",
  });
}

function isKnown({ target, outputs }: ExportedNode): boolean {
  if (ignoredPattern.test(target) || getItem.test(target)) return true;
  // Integers are worked out from what the export says of them, truth values of them are not needed.
  if (outputs.length > 0 && outputs.every(({ tag }) => tag.startsWith("as_sym_"))) return true;
  const [, name] = operatorPattern.exec(target) ?? [];
  return name !== undefined && AtenLowering.supports(name);
}
