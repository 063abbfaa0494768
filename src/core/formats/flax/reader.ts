import { Failure } from "../../failure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import type { Checkpoint, Notice, WeightSet } from "../checkpoint.ts";
import { arrayOf } from "./arrays.ts";
import { type MsgpackMap, type MsgpackValue, readMsgpack } from "./msgpack.ts";

/** What a training state keeps beside the weights, by its name at the top. */
const trainingState: ReadonlySet<string> = new Set([
  "opt_state",
  "optimizer",
  "optimizer_state",
  "tx",
  "rng",
  "rngs",
  "dropout_rng",
  "dynamic_scale",
]);

/** A second set of weights, averaged over the training. */
const averages: ReadonlySet<string> = new Set(["ema_params", "params_ema", "ema"]);

/** What JAX writes in place of arrays that Orbax keeps elsewhere. */
const orbaxPlaceholder = "PLACEHOLDER://";

/** Of all names together, once joined: each repeats what it is nested in. */
const maximumNameCharacters = 1 << 27;

/**
 * Reads a Flax checkpoint (`flax.serialization.to_bytes`: msgpack of nested maps). Names are the nested ones joined by
 * `.`; where all are under `params`, that is taken off. Arrays stay in the file.
 * @throws Failure `flax/…` as {@link readMsgpack} and {@link arrayOf} say, `orbax/not-read`, `no-tensors`.
 */
export function readFlax(source: ByteSource): Checkpoint {
  const root = readMsgpack(source);
  if (!(root instanceof Map)) {
    throw new Failure("flax/malformed", "The file holds a single value, not named arrays.", { file: source.name });
  }
  const top = optimizerTarget(root);
  const left: string[] = [];
  const alternatives = new Map<string, WeightSet>();
  const facts = new Map<string, string>();
  const kept = new Map<string, MsgpackValue>();
  for (const [name, value] of top) {
    if (trainingState.has(name)) left.push(name);
    else if (averages.has(name) && top.has("params")) {
      alternatives.set(name, { tensors: withoutPrefix(tensorsOf(value, source)).tensors, inModuleOrder: false });
    } else if (typeof value === "number" || typeof value === "boolean") facts.set(name, String(value));
    else kept.set(name, value);
  }
  const { tensors, prefix } = withoutPrefix(tensorsOf(kept, source));
  if (tensors.size === 0) {
    throw new Failure("no-tensors", "This is a msgpack file without arrays.", {
      file: source.name,
      hint: "A Flax checkpoint is what flax.serialization.to_bytes(params) gives.",
    });
  }
  return {
    format: "flax",
    weights: { tensors, inModuleOrder: false },
    provenance: { facts, notices: leftOut(left), prefix, alternatives },
  };
}

/** The old `flax.optim` kept the parameters as `target` beside the optimizer's `state`. */
function optimizerTarget(root: MsgpackMap): MsgpackMap {
  const optimizer = root.get("optimizer");
  const holder = optimizer instanceof Map ? optimizer : root;
  const target = holder.get("target");
  return target instanceof Map && holder.has("state") ? target : root;
}

/** All arrays below a value, by their nested names joined with `.`. */
function tensorsOf(root: MsgpackValue, source: ByteSource): ReadonlyMap<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const waiting: (readonly [string, MsgpackValue])[] = [["", root]];
  let characters = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [name, value] = next;
    characters += name.length;
    if (characters > maximumNameCharacters) {
      throw new Failure("flax/limit", "Its names are longer than those of any network.", { file: source.name });
    }
    const tensor = arrayOf(value, name, source);
    if (tensor) {
      if (tensors.has(name))
        throw new Failure("flax/duplicate-key", `Two arrays are named "${name}".`, { file: source.name });
      tensors.set(name, tensor);
    } else if (value instanceof Map) {
      const inner = [...value].map(([key, item]) => [name === "" ? key : `${name}.${key}`, item] as const);
      waiting.push(...inner.reverse());
    } else if (typeof value === "string" && value.startsWith(orbaxPlaceholder)) throw keptByOrbax(source);
  }
  return tensors;
}

/** Takes off what all names begin with: `params.`, twice where a training state holds variables. */
function withoutPrefix(tensors: ReadonlyMap<string, Tensor>): { tensors: ReadonlyMap<string, Tensor>; prefix: string } {
  let prefix = "";
  while (tensors.size > 0 && [...tensors.keys()].every((name) => name.startsWith(`${prefix}params.`))) {
    prefix += "params.";
  }
  return { prefix, tensors: new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor])) };
}

function leftOut(names: readonly string[]): readonly Notice[] {
  if (names.length === 0) return [];
  const message = `State of the training that is no part of the network is left out: ${names.join(", ")}.`;
  return [{ code: "flax/training-state", message }];
}

function keptByOrbax(source: ByteSource): Failure {
  return new Failure(
    "orbax/not-read",
    "Orbax keeps the arrays of this checkpoint in other files, which are not read.",
    {
      file: source.name,
      hint: "In Python, restore it and save the parameters by flax.serialization.to_bytes, or as safetensors.",
    },
  );
}
