import { isObject, type Json, type JsonObject, listOf, malformed, objectOf, parseJson, textOf } from "./json.ts";
import { activeMember, type Member, memberOf } from "./union.ts";

/** What `torch.export` writes down of a program (`torch/_export/serde/schema.py`). */
export interface ExportedProgram {
  readonly graph: ExportedGraph;
  readonly inputs: readonly InputSpec[];
  /** Names of the values that the network answers with; what it writes into its buffers is left out. */
  readonly outputs: readonly string[];
  /** Least values of symbols, by name. */
  readonly least: ReadonlyMap<string, number>;
  /** Version of PyTorch that wrote it; empty where it does not say. */
  readonly torchVersion: string;
}

export interface ExportedGraph {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly ExportedNode[];
  /** Types and sizes of tensors by value name, as written. */
  readonly tensors: ReadonlyMap<string, Json>;
  /** Expressions of integers by value name, as written. */
  readonly integers: ReadonlyMap<string, Json>;
}

/** What a graph's input is bound to. */
export type InputSpec =
  | {
      readonly kind: "parameter" | "buffer" | "constant";
      readonly value: string;
      readonly target: string;
      readonly persistent: boolean;
    }
  | { readonly kind: "user"; readonly value: string }
  | { readonly kind: "fixed"; readonly value: string; readonly argument: Member };

export interface ExportedNode {
  /** `torch.ops.aten.conv2d.default`, `_operator.getitem`. */
  readonly target: string;
  readonly inputs: readonly { readonly name: string; readonly argument: Member; readonly byName: boolean }[];
  readonly outputs: readonly Member[];
  /** Path of the innermost module that the operator was called in. */
  readonly module: string;
}

/** Graphs within graphs that are followed. */
const deepest = 8;

/**
 * Reads a program's description.
 * @throws Failure `pt2/malformed`, `pt2/union`.
 */
export function readProgram(text: string): ExportedProgram {
  const root = objectOf(parseJson(text), "it");
  const module = objectOf(root.graph_module, "its graph module");
  const signature = objectOf(module.signature, "its signature");
  return {
    graph: readGraph(module.graph),
    inputs: listOf(signature.input_specs, "the list of inputs").map(readInput),
    outputs: listOf(signature.output_specs, "the list of outputs").flatMap(readOutput),
    least: readLeast(root.range_constraints),
    torchVersion: typeof root.torch_version === "string" ? root.torch_version : "",
  };
}

/** Reads a graph, or one that a node calls. */
export function readGraph(json: Json | undefined, depth = 0): ExportedGraph {
  if (depth > deepest) throw malformed("graphs are nested too deep");
  const graph = objectOf(json, "a graph");
  return {
    inputs: listOf(graph.inputs, "a graph's inputs").flatMap((each) => namesOf(activeMember(each))),
    outputs: listOf(graph.outputs, "a graph's outputs").flatMap((each) => namesOf(activeMember(each))),
    nodes: listOf(graph.nodes, "a graph's nodes").map(readNode),
    tensors: entriesOf(graph.tensor_values),
    integers: entriesOf(graph.sym_int_values),
  };
}

function entriesOf(json: Json | undefined): Map<string, Json> {
  return new Map(isObject(json) ? Object.entries(json) : []);
}

function readNode(json: Json): ExportedNode {
  const node = objectOf(json, "a node");
  const target = textOf(node.target, "a node's target");
  return {
    target,
    inputs: listOf(node.inputs, `the inputs of ${target}`).map((each) => {
      const input = objectOf(each, `an input of ${target}`);
      const name = typeof input.name === "string" ? input.name : "";
      return { name, argument: activeMember(input.arg), byName: input.kind === 2 };
    }),
    outputs: listOf(node.outputs, `the outputs of ${target}`).map(activeMember),
    module: modulePath(isObject(node.metadata) ? node.metadata.nn_module_stack : undefined),
  };
}

/**
 * The last path of `L__self__,,Net;L__self__layer1_0,layer1.0,torch…Conv2d`. A second call of a module is marked by `@1`,
 * which is not part of its path.
 */
function modulePath(stack: Json | undefined): string {
  if (typeof stack !== "string" || stack === "") return "";
  const [, path = ""] = (stack.split(";").at(-1) ?? "").split(",");
  if (path.startsWith("_empty_nn_module_stack")) return "";
  return path
    .replace(/^L\['self'\]\.?|^L__self__\.?/, "")
    .replace(/@\d+/g, "")
    .replace(/\._modules\['([^']*)'\]/g, ".$1");
}

/** Names of the values that an argument consists of. */
export function namesOf({ tag, value }: Member): string[] {
  switch (tag) {
    case "as_tensor":
    case "as_custom_obj":
      return [nameIn(value)];
    case "as_tensors":
      return listOf(value, "a list of tensors").map(nameIn);
    case "as_sym_int":
    case "as_sym_float":
    case "as_sym_bool": {
      const member = memberOf(value);
      return [member?.tag === "as_name" ? textOf(member.value, "a name") : ""];
    }
    case "as_optional_tensors":
      return listOf(value, "a list of tensors").map((each) => {
        const member = activeMember(each);
        return member.tag === "as_tensor" ? nameIn(member.value) : "";
      });
    default:
      return [""];
  }
}

/** The name of a tensor's value. */
export function nameIn(json: Json | undefined): string {
  return textOf(objectOf(json, "a tensor").name, "a tensor's name");
}

function readInput(json: Json): InputSpec {
  const { tag, value } = activeMember(json);
  const spec = objectOf(value, "an input");
  switch (tag) {
    case "parameter":
      return {
        kind: "parameter",
        value: nameIn(spec.arg),
        target: textOf(spec.parameter_name, "a parameter"),
        persistent: true,
      };
    case "buffer":
      return {
        kind: "buffer",
        value: nameIn(spec.arg),
        target: textOf(spec.buffer_name, "a buffer"),
        persistent: spec.persistent !== false,
      };
    case "tensor_constant":
      return {
        kind: "constant",
        value: nameIn(spec.arg),
        target: textOf(spec.tensor_constant_name, "a constant"),
        persistent: false,
      };
    case "user_input": {
      const argument = activeMember(spec.arg);
      if (argument.tag === "as_tensor") return { kind: "user", value: nameIn(argument.value) };
      return { kind: "fixed", value: namesOf(argument)[0] ?? "", argument };
    }
    case "constant_input":
      return { kind: "fixed", value: textOf(spec.name, "a constant's name"), argument: activeMember(spec.value) };
    default:
      return { kind: "fixed", value: "", argument: { tag: "as_none", value: true } };
  }
}

function readOutput(json: Json): string[] {
  const { tag, value } = activeMember(json);
  if (tag !== "user_output") return [];
  return namesOf(activeMember(objectOf(value, "an output").arg)).filter((name) => name !== "");
}

function readLeast(json: Json | undefined): Map<string, number> {
  const least = new Map<string, number>();
  for (const [name, range] of Object.entries<Json>(isObject(json) ? json : ({} as JsonObject))) {
    if (isObject(range) && typeof range.min_val === "number") least.set(name, range.min_val);
  }
  return least;
}
