import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesSource } from "../../../../../src/core/formats/byteSource.ts";
import { foreignNotices } from "../../../../../src/core/formats/torch/foreignNames.ts";
import { readModuleTree } from "../../../../../src/core/formats/torch/moduleTree.ts";
import { PickleObject, type PickleValue } from "../../../../../src/core/formats/torch/pickleValues.ts";
import { withoutTrainer, withoutWrappers } from "../../../../../src/core/formats/torch/prefixes.ts";
import { TorchStorage } from "../../../../../src/core/formats/torch/storage.ts";
import { TorchTensor } from "../../../../../src/core/formats/torch/torchTensor.ts";
import { findWeights } from "../../../../../src/core/formats/torch/weightRanking.ts";
import { readWeights } from "../../../../../src/core/formats/torch/weightSet.ts";

function tensor(): TorchTensor {
  const storage = new TorchStorage("0", "FloatStorage", "float32", 1, () => bytesSource("x", new Uint8Array(4)));
  return new TorchTensor(storage, { dtype: "float32", shape: [1], strides: [1], offset: 0 });
}

function dictionary(entries: Record<string, PickleValue>): PickleValue {
  return new Map<PickleValue, PickleValue>(Object.entries(entries));
}

/** A state dictionary of tensors with these names. */
function state(...names: string[]): PickleValue {
  return dictionary(Object.fromEntries(names.map((name) => [name, tensor()])));
}

function module(className: string, parts: Record<string, Record<string, PickleValue>>): PickleObject {
  const made = new PickleObject(className, []);
  const groups = { _parameters: {}, _buffers: {}, _modules: {}, ...parts };
  made.state = dictionary(Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, dictionary(value)])));
  return made;
}

function paths(root: PickleValue): string[] {
  return findWeights(root).map(({ path }) => path);
}

test("the network's own weights come first, other sets of weights behind", () => {
  const net = () => state("conv.weight", "conv.bias");
  assert.deepEqual(paths(net()), [""]);
  assert.deepEqual(paths(dictionary({ best: tensor(), state_dict: net() })), ["state_dict"]);
  assert.deepEqual(paths(dictionary({ epoch: 1, ema: net(), model: net() })), ["model", "ema"]);
  assert.deepEqual(paths(dictionary({ model: null, model_ema: net() })), ["model_ema"]);
  assert.deepEqual(paths(dictionary({ discriminator: net(), generator: net() })), ["generator", "discriminator"]);
  assert.deepEqual(paths(dictionary({ teacher: net(), student: net() })), ["student", "teacher"]);
  assert.deepEqual(paths(dictionary({ params_ema: net(), params: net() })), ["params", "params_ema"]);
  assert.deepEqual(paths(dictionary({ my_own_name: net(), lr: 0.1 })), ["my_own_name"]);
  assert.deepEqual(paths(dictionary({ state_dict: [net(), net()] })), ["state_dict.0", "state_dict.1"]);
  assert.deepEqual(paths(dictionary({ trainer: dictionary({ network: net() }), notes: net() })), [
    "trainer.network",
    "notes",
  ]);
});

test("what optimisers, schedulers and samplers keep is never taken for weights", () => {
  const kept = state("exp_avg.weight", "exp_avg_sq.weight");
  for (const key of [
    "optimizer",
    "optimizer_states",
    "optimizerG",
    "lr_schedulers",
    "scaler",
    "amp",
    "callbacks",
    "loops",
    "rng_state",
  ]) {
    assert.deepEqual(paths(dictionary({ [key]: kept })), [], key);
    assert.deepEqual(paths(dictionary({ [key]: kept, net: state("a.weight") })), ["net"], key);
  }
});

test("weights that are kept layer by layer are put together", () => {
  const layers = dictionary({ first: state("weight", "bias"), rest: dictionary({ second: state("weight") }) });
  const [found] = findWeights(dictionary({ version: 1, parameters: layers, config: dictionary({ width: 3 }) }));
  assert.equal(found?.path, "parameters");
  assert.ok(found?.weights.kind === "dictionary");
  assert.deepEqual([...found.weights.entries.keys()], ["first.weight", "first.bias", "rest.second.weight"]);
  // Two networks of one layer each are two networks.
  assert.deepEqual(paths(dictionary({ model: state("weight"), ema: state("weight") })), ["model", "ema"]);
});

test("tensors in no known arrangement are named by their places", () => {
  const names = (root: PickleValue) => {
    const [found] = findWeights(root);
    return found?.weights.kind === "dictionary" ? [...found.weights.entries.keys()] : [];
  };
  assert.deepEqual(names(tensor()), ["tensor"]);
  assert.deepEqual(names([1, tensor(), [tensor()]]), ["1", "2.0"]);
  const shared = tensor();
  assert.deepEqual(names([shared, shared]), ["0", "1"]);
  assert.deepEqual(names(dictionary({ a: 1, b: 2, c: tensor() })), ["c"]);
});

test("whole modules are found inside trainers' dictionaries, and their parts named as state_dict names them", () => {
  const inner = module("torch.nn.modules.linear.Linear", { _parameters: { weight: tensor(), bias: null } });
  const net = module("yolo.Model", {
    _parameters: { scale: tensor() },
    _buffers: { seen: tensor() },
    _modules: { model: inner, twin: inner },
  });
  const [found, ...others] = findWeights(dictionary({ epoch: 1, model: net, ema: module("yolo.Model", {}) }));
  assert.deepEqual([found?.path, others.map(({ path }) => path)], ["model", ["ema"]]);
  assert.ok(found);
  const read = readWeights(found);
  assert.deepEqual([...read.set.tensors.keys()], ["scale", "seen", "model.weight", "twin.weight"]);
  assert.equal(read.modules?.get("twin")?.className, "torch.nn.modules.linear.Linear");
});

test("modules that hold themselves, or each other many times over, are refused", () => {
  const loop = module("Loop", {});
  (loop.attribute("_modules") as Map<PickleValue, PickleValue>).set("self", loop);
  assert.throws(() => readModuleTree(loop), { code: "pickle/limit" });
  let bomb = module("Leaf", {});
  for (let i = 0; i < 40; i++) bomb = module("Node", { _modules: { a: bomb, b: bomb } });
  assert.throws(() => readModuleTree(bomb), { code: "pickle/limit" });
});

test("wrappers are taken off where nine of ten names have them", () => {
  const many = Array.from({ length: 18 }, (_, i) => `module._orig_mod.layer.${i}.weight`);
  const { prefix, names } = withoutWrappers([...many, "module._orig_mod.head.bias", "n_averaged"]);
  assert.equal(prefix, "module._orig_mod.");
  assert.deepEqual([names.get("module._orig_mod.head.bias"), names.get("n_averaged")], ["head.bias", "n_averaged"]);
  assert.equal(withoutWrappers(["module.a.weight", "b.weight"]).prefix, "");
  // Two names would become one.
  assert.equal(withoutWrappers([...Array.from({ length: 19 }, (_, i) => `module.${i}`), "3"]).prefix, "");
});

test("a network's own attributes are left on its names", () => {
  assert.equal(withoutTrainer(["model.net.0.weight", "model.net.0.bias"]).prefix, "model.net.");
  const layers = Array.from({ length: 30 }, (_, i) => `encoder.layers.${i}.weight`);
  assert.equal(withoutTrainer(layers).prefix, "encoder.");
  assert.equal(withoutTrainer([...layers, "class_token", "heads.head.weight"]).prefix, "");
  const lightning = [
    ...layers.map((name) => name.replace("encoder", "model")),
    "criterion.weight",
    "train_accuracy.total",
  ];
  assert.equal(withoutTrainer(lightning).prefix, "model.");
});

test("foreign classes are named, dangerous ones first and with a warning", () => {
  assert.deepEqual(
    foreignNotices(["torch.FloatStorage", "torch._utils._rebuild_tensor_v2", "collections.OrderedDict"]),
    [],
  );
  const [harmless] = foreignNotices(["__main__.Net", "torch.Size"]);
  assert.match(harmless?.message ?? "", /a foreign class \(__main__\.Net\), ignored\.$/);
  const [bad, ...more] = foreignNotices(["a.A", "b.B", "c.C", "posix.system", "builtins.eval", "builtins.set"]);
  assert.deepEqual([bad?.code, more], ["pickle/foreign-class", []]);
  assert.match(
    bad?.message ?? "",
    /5 foreign classes \(posix\.system, builtins\.eval, a\.A, …\).*Do not torch\.load this file/,
  );
});
