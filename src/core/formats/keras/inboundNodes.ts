import { Failure } from "../../failure.ts";
import { isObject, type Json, type JsonObject, member } from "./settings.ts";

/** What a layer's call gave: the layer, which of its calls, which of that call's results. */
export interface TensorRef {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

/** An argument of a call. */
export type Argument =
  | { readonly kind: "tensor"; readonly tensor: TensorRef }
  | { readonly kind: "list"; readonly items: readonly Argument[] }
  | { readonly kind: "constant"; readonly value: Json };

/** One call of a layer. */
export interface Node {
  readonly arguments: readonly Argument[];
  readonly named: ReadonlyMap<string, Argument>;
}

const maximumDepth = 8;

/**
 * Reads a layer's `inbound_nodes`: Keras 3 writes `{ args, kwargs }` with tensors as `__keras_tensor__` objects, Keras 2
 * lists `[layer, node, tensor, kwargs]`.
 * @throws Failure `keras/bad-config`
 */
export function parseNodes(value: Json | undefined): readonly Node[] {
  if (!Array.isArray(value)) return [];
  return value.map((node: Json) => (isObject(node) ? parseNode3(node) : parseNode2(node)));
}

/** References to tensors in a model's `input_layers` or `output_layers`: one, a list, or lists and objects of them. */
export function tensorRefs(value: Json | undefined, depth = 0): readonly TensorRef[] {
  if (value === undefined || value === null) return [];
  const single = tensorRef(value);
  if (single) return [single];
  if (depth > maximumDepth || typeof value !== "object") throw malformed();
  return Object.values(value).flatMap((each) => tensorRefs(each, depth + 1));
}

function parseNode3(node: JsonObject): Node {
  const args = member(node, "args");
  const kwargs = member(node, "kwargs");
  return {
    arguments: Array.isArray(args) ? args.map((each) => argument3(each, 0)) : [],
    named: isObject(kwargs)
      ? new Map(Object.entries(kwargs).map(([name, each]) => [name, argument3(each, 0)]))
      : new Map(),
  };
}

function argument3(value: Json, depth: number): Argument {
  if (depth > maximumDepth) throw malformed();
  if (isObject(value) && member(value, "class_name") === "__keras_tensor__") {
    const config = member(value, "config");
    const history = isObject(config) ? member(config, "keras_history") : undefined;
    const tensor = tensorRef(history ?? null);
    if (!tensor) throw malformed();
    return { kind: "tensor", tensor };
  }
  // Lists and tuples that hold tensors; any other list is a constant as it stands.
  const items = Array.isArray(value) ? value : serializedTuple(value);
  if (items?.some((each) => JSON.stringify(each).includes("__keras_tensor__"))) {
    return { kind: "list", items: items.map((each) => argument3(each, depth + 1)) };
  }
  return { kind: "constant", value: items ?? value };
}

function serializedTuple(value: Json): readonly Json[] | undefined {
  if (!isObject(value) || member(value, "class_name") !== "__tuple__") return undefined;
  const items = member(value, "items") ?? member(value, "config");
  return Array.isArray(items) ? items : undefined;
}

/** Keras 2: a list of tensors, which are one argument together; what else the call was given stands with the first. */
function parseNode2(node: Json): Node {
  // A call with a single tensor may be written without the list around it.
  const entries = Array.isArray(node) ? (typeof node[0] === "string" ? [node] : node) : [];
  const items = entries.map(argument2);
  const first = entries[0];
  const kwargs: Json | undefined = Array.isArray(first) ? first[3] : undefined;
  const named = isObject(kwargs)
    ? new Map(Object.entries(kwargs).map(([name, value]) => [name, argument2(value)] as const))
    : new Map<string, Argument>();
  return { arguments: items.length > 1 ? [{ kind: "list", items }] : items, named };
}

function argument2(value: Json): Argument {
  if (Array.isArray(value) && value[0] === "_CONSTANT_VALUE") return { kind: "constant", value: value[2] ?? null };
  const tensor = tensorRef(value);
  if (tensor) return { kind: "tensor", tensor };
  if (Array.isArray(value) && value.length > 0 && value.every((each) => tensorRef(each))) {
    return { kind: "list", items: value.map(argument2) };
  }
  return { kind: "constant", value };
}

function tensorRef(value: Json): TensorRef | undefined {
  if (!Array.isArray(value) || value.length < 3 || value.length > 4) return undefined;
  const [layer, node, tensor] = value as readonly Json[];
  if (typeof layer !== "string" || !isIndex(node) || !isIndex(tensor)) return undefined;
  return { layer, node, tensor };
}

function isIndex(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function malformed(): Failure {
  return new Failure("keras/bad-config", "The connections between the model's layers are not understood.");
}
