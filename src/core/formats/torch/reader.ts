import { Failure } from "../../failure.ts";
import type { ByteSource } from "../byteSource.ts";
import type { Checkpoint, WeightSet } from "../checkpoint.ts";
import { findFacts } from "./facts.ts";
import { foreignNotices } from "./foreignNames.ts";
import { isScriptModule } from "./moduleTree.ts";
import { readTorchObject, type TorchObject } from "./object.ts";
import { type FoundWeights, findWeights } from "./weightRanking.ts";
import { readWeights } from "./weightSet.ts";

/**
 * Reads the weights of a PyTorch checkpoint: a state dictionary, a trainer's dictionary around one, a whole module, or
 * the modules of a TorchScript archive. Nothing is executed, and elements stay in the file until they are asked for.
 * @throws Failure `no-tensors`, and those of {@link readTorchObject}.
 */
export function readTorch(source: ByteSource): Checkpoint {
  try {
    return readCheckpoint(source, readTorchObject(source));
  } catch (error) {
    throw error instanceof Failure ? error.in(source.name) : error;
  }
}

function readCheckpoint(source: ByteSource, object: TorchObject): Checkpoint {
  const [main, ...others] = findAll(object);
  if (main === undefined) throw noTensors(source, object);
  const weights = readWeights(main);
  const alternatives = new Map<string, WeightSet>();
  for (const other of others) alternatives.set(other.path, readWeights(other).set);
  // Where the file is nothing but weights, it has no room for facts.
  const noted = main.path === "" ? [] : [...findFacts(object.value), ["weights", main.path] as const];
  const facts = new Map([["container", object.container], ...noted, ...weights.facts]);
  return {
    format: object.isTorchScript ? "torchscript" : "pytorch",
    weights: weights.set,
    provenance: {
      facts,
      notices: [...foreignNotices(object.globals), ...weights.notices],
      prefix: weights.prefix,
      alternatives,
      ...(weights.preprocessing && { preprocessing: weights.preprocessing }),
      ...(weights.modules && { modules: weights.modules }),
    },
  };
}

function findAll({ value }: TorchObject): FoundWeights[] {
  if (isScriptModule(value)) return [{ path: "", weights: { kind: "module", module: value } }];
  return findWeights(value);
}

function noTensors(source: ByteSource, { globals }: TorchObject): Failure {
  const [first] = globals;
  const what = first === undefined ? "" : ` (${first.slice(0, 80)}${globals.size > 1 ? " and others" : ""})`;
  return new Failure("no-tensors", `A Python pickle without tensors${what}.`, {
    file: source.name,
    hint: "Choose a file with a network's weights.",
  });
}
