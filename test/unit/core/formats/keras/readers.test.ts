import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { zipSync } from "fflate";
import { bytesSource } from "../../../../../src/core/formats/byteSource.ts";
import type { Checkpoint } from "../../../../../src/core/formats/checkpoint.ts";
import { readKeras } from "../../../../../src/core/formats/keras/reader.ts";
import { readKerasHdf5 } from "../../../../../src/core/formats/keras/readHdf5.ts";
import { encodeUtf8 } from "../../../../../src/core/formats/utf8.ts";
import { toFloat64 } from "../../../../../src/core/graph/numbers.ts";
import { folder } from "../../../../fixtures/keras/modelFiles.ts";

const home = join(import.meta.dirname, "../../../../fixtures/hdf5");

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(home, name)));
}

function json(value: unknown): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}

/** A `.keras` file of these members. */
function kerasFile(members: Readonly<Record<string, Uint8Array>>) {
  return bytesSource(
    "model.keras",
    zipSync({ "metadata.json": json({ keras_version: "3.6.0" }), ...members }, { level: 0 }),
  );
}

/** The first number of each weight: fixtures count up from a number of their own. */
function firsts({ weights }: Checkpoint): Record<string, number> {
  return Object.fromEntries([...weights.tensors].map(([name, tensor]) => [name, toFloat64(tensor)[0]!]));
}

test("a whole Keras 2 model gives its weights to its layers, those of a model within it by Keras's order", () => {
  const checkpoint = readKerasHdf5(bytesSource("legacy.h5", fixture("legacy.h5")));
  assert.equal(checkpoint.format, "hdf5");
  assert.deepEqual(firsts(checkpoint), {
    "first/kernel": 0,
    "first/bias": 100,
    "inner/a/kernel": 220,
    "inner/a/bias": 240,
    "inner/b/gamma": 200,
    "inner/b/beta": 210,
    "inner/b/moving_mean": 250,
    "inner/b/moving_variance": 260,
    "last/kernel": 300,
  });
  assert.equal(checkpoint.architecture?.source, "file");
  assert.deepEqual(checkpoint.architecture?.sampleShape, [2]);
  assert.equal(checkpoint.provenance.facts.get("keras_version"), "2.9.0");
  const { graph } = checkpoint.architecture!.program();
  assert.deepEqual(
    graph.nodes.map(({ op, metadata }) => `${metadata?.get("likeness.module")} ${op}`),
    ["first Gemm", "first Relu", "inner.a Gemm", "inner.b BatchNormalization", "last Gemm"],
  );
  assert.deepEqual(graph.outputs[0]?.shape, ["batch", 2]);
});

const dense = (name: string, units: number, inputs?: number) => ({
  module: "keras.layers",
  class_name: "Dense",
  config: { name, units, ...(inputs && { batch_shape: [null, inputs] }) },
});
const tensor = (name: string, node = 0) => ({
  class_name: "__keras_tensor__",
  config: { shape: [null], dtype: "float32", keras_history: [name, node, 0] },
});
const layer = (className: string, name: string, config: object, ...inputs: string[]) => ({
  module: "keras.layers",
  class_name: className,
  name,
  config: { name, ...config },
  inbound_nodes: inputs.length > 0 ? [{ args: inputs.map((input) => tensor(input)), kwargs: {} }] : [],
});
const innerConfig = {
  name: "m",
  layers: [layer("InputLayer", "i", { batch_shape: [null, 6, 4] }), layer("Dense", "deep", { units: 3 }, "i")],
  input_layers: [["i", 0, 0]],
  output_layers: [["deep", 0, 0]],
};
/** Names differ from the classes by which files go. */
const treeModel = {
  module: "keras",
  class_name: "Functional",
  config: {
    name: "net",
    layers: [
      layer("InputLayer", "x", { batch_shape: [null, 6, 5] }),
      layer("Dense", "zeta", { units: 4 }, "x"),
      layer("Dense", "alpha", { units: 5 }, "zeta"),
      layer("BatchNormalization", "norm", {}, "alpha"),
      layer("Dropout", "drop", { rate: 0.5 }, "norm"),
      layer("MultiHeadAttention", "attend", { num_heads: 2, key_dim: 3 }, "zeta", "zeta"),
      { ...layer("Functional", "sub", {}, "attend"), config: innerConfig },
      layer(
        "Bidirectional",
        "both",
        { layer: { module: "keras.layers", class_name: "LSTM", config: { name: "lstm", units: 2 } } },
        "drop",
      ),
    ],
    input_layers: ["x", 0, 0],
    output_layers: [
      ["both", 0, 0],
      ["sub", 0, 0],
    ],
  },
};

const treeFirsts = {
  "zeta/kernel": 0,
  "zeta/bias": 50,
  "alpha/kernel": 100,
  "alpha/bias": 150,
  "norm/gamma": 200,
  "norm/beta": 210,
  "norm/moving_mean": 220,
  "norm/moving_variance": 230,
  "attend/query/kernel": 500,
  "attend/query/bias": 550,
  "attend/key/kernel": 600,
  "attend/key/bias": 650,
  "attend/value/kernel": 700,
  "attend/value/bias": 750,
  "attend/attention_output/kernel": 800,
  "attend/attention_output/bias": 850,
  "sub/deep/kernel": 900,
  "sub/deep/bias": 950,
  "both/forward/kernel": 300,
  "both/forward/recurrent_kernel": 350,
  "both/forward/bias": 370,
  "both/backward/kernel": 400,
  "both/backward/recurrent_kernel": 450,
  "both/backward/bias": 470,
};

test("a .keras file finds its weights by class and count", () => {
  const checkpoint = readKeras(
    kerasFile({ "config.json": json(treeModel), "model.weights.h5": fixture("tree.weights.h5") }),
  );
  assert.deepEqual(checkpoint.provenance.notices, []);
  assert.deepEqual(firsts(checkpoint), treeFirsts);
  assert.deepEqual(
    checkpoint.architecture!.program().graph.outputs.map(({ shape }) => shape),
    [
      ["batch", 4],
      ["batch", 6, 3],
    ],
  );
});

test("weights in shards are one set", () => {
  const members = {
    "config.json": json(treeModel),
    "model.weights.json": json({ weight_map: {} }),
    "model_00000.weights.h5": fixture("groups-old.h5"),
    "model_00001.weights.h5": fixture("tree.weights.h5"),
  };
  assert.deepEqual(firsts(readKeras(kerasFile(members))), treeFirsts);
});

test("weights alone take the description beside them, where it is theirs", () => {
  const source = bytesSource("/runs/tree.weights.h5", fixture("tree.weights.h5"));
  const alone = readKerasHdf5(source, folder({}));
  assert.equal(alone.architecture, undefined);
  assert.equal(alone.weights.tensors.has("layers/dense_1/0"), true);
  assert.equal(alone.weights.tensors.size, 24);
  for (const name of ["tree.json", "config.json", "model.json", "architecture.json"]) {
    const described = readKerasHdf5(source, folder({ [name]: json(treeModel) }));
    assert.equal(described.architecture?.source, "config", name);
    assert.deepEqual(firsts(described), treeFirsts);
  }
  const whole = kerasFile({ "config.json": json(treeModel) }).read(0, 1e4);
  assert.deepEqual(firsts(readKerasHdf5(source, folder({ "model.keras": whole }))), treeFirsts);
  // Another tool's configuration is passed over in silence, another model's is named.
  assert.deepEqual(
    readKerasHdf5(source, folder({ "config.json": json({ model_type: "bert" }) })).provenance.notices,
    [],
  );
  const other = { class_name: "Sequential", config: { name: "other", layers: [dense("d", 7, 9)] } };
  const small = { class_name: "Sequential", config: { name: "small", layers: [dense("d", 4, 5)] } };
  const smaller = readKerasHdf5(bytesSource("w.h5", fixture("tree.weights.h5")), folder({ "w.json": json(small) }));
  assert.equal(smaller.architecture, undefined);
  assert.deepEqual(
    smaller.provenance.notices.map(({ code }) => code),
    ["keras/unused-weights"],
  );
  const mistaken = readKerasHdf5(source, folder({ "config.json": json(other) }));
  assert.equal(mistaken.architecture, undefined);
  assert.deepEqual(
    mistaken.provenance.notices.map(({ code }) => code),
    ["keras/unused-weights"],
  );
});

test("an HDF5 file of anybody's gives its numbers", () => {
  const checkpoint = readKerasHdf5(bytesSource("storage-old.h5", fixture("storage-old.h5")));
  assert.equal(checkpoint.architecture, undefined);
  assert.deepEqual([...checkpoint.weights.tensors.keys()].slice(0, 3), ["bigEndian", "bool", "chunked"]);
});

/** What reading a model of these layers, without weights, says is in the way. */
function obstacle(...layers: object[]): { readonly code: string; readonly message: string } {
  const model = { class_name: "Sequential", config: { name: "s", layers } };
  const checkpoint = readKeras(kerasFile({ "config.json": json(model), "model.weights.h5": new Uint8Array() }));
  const [notice] = checkpoint.provenance.notices;
  assert.throws(() => checkpoint.architecture!.program(), { code: notice!.code });
  return notice!;
}

test("everything that keeps a model from running is said at once, and nothing of it is looked up", () => {
  const lambda = (name: string) => ({ class_name: "Lambda", config: { name, function: ["4wEAAAA", null, null] } });
  const layers = [dense("d", 2, 3), lambda("f"), { class_name: "ConvLSTM2D", config: { name: "c" } }, lambda("g")];
  const { code, message } = obstacle(...layers, {
    class_name: "Activation",
    config: { name: "a", activation: "my_function" },
  });
  assert.equal(code, "keras/unsupported-layer");
  assert.match(message, /Lambda \(f, g\); ConvLSTM2D \(c\); the function "my_function" \(a\)/);

  const own = { module: "my.module", class_name: "Attend", config: { name: "x" }, registered_name: "pack>Attend" };
  assert.match(obstacle(dense("d", 2, 3), own).message, /classes that are not Keras's: pack>Attend \(x\)/);
  assert.equal(obstacle({ module: "os", class_name: "system", config: {} }).code, "keras/unsupported-class");
  const wrapped = { class_name: "TimeDistributed", config: { name: "t", layer: { class_name: "Lambda", config: {} } } };
  assert.match(obstacle(dense("d", 2, 3), wrapped).message, /Lambda \(t\)/);
});

test("a description that makes no sense is refused, and its weights are still shown", () => {
  assert.equal(obstacle(dense("d", 2, 3), dense("d", 2)).code, "keras/bad-config");
  assert.equal(obstacle(dense("d", -1, 3)).code, "keras/missing-weights");
  assert.equal(
    obstacle({ class_name: "Flatten", config: { name: "f", batch_input_shape: [null, 2] } }, dense("d", 2)).code,
    "keras/missing-weights",
  );
  const cut = { class_name: "Cropping1D", config: { name: "c", cropping: "all", batch_input_shape: [null, 4, 2] } };
  assert.equal(obstacle(cut).code, "keras/bad-config");
  const loop = {
    class_name: "Functional",
    config: {
      name: "loop",
      layers: [
        layer("InputLayer", "x", { batch_shape: [null, 3] }),
        layer("Add", "a", {}, "x", "b"),
        layer("Activation", "b", { activation: "relu" }, "a"),
      ],
      input_layers: [["x", 0, 0]],
      output_layers: [["b", 0, 0]],
    },
  };
  const file = kerasFile({ "config.json": json(loop), "model.weights.h5": new Uint8Array() });
  assert.match(readKeras(file).provenance.notices[0]!.message, /never computes "b"/);
});

test("a model whose input is open takes the sizes it is told", () => {
  const open = {
    class_name: "Sequential",
    config: {
      name: "s",
      layers: [
        { class_name: "MaxPooling2D", config: { name: "p", batch_input_shape: [null, null, null, 3] } },
        { class_name: "GlobalAveragePooling2D", config: { name: "g" } },
      ],
    },
  };
  const { architecture } = readKeras(kerasFile({ "config.json": json(open), "model.weights.h5": new Uint8Array() }));
  assert.deepEqual(architecture!.sampleShape, ["height", "width", 3]);
  assert.deepEqual(architecture!.program([32, 48, 3]).graph.inputs[0]?.shape, ["batch", 32, 48, 3]);
  assert.deepEqual(architecture!.program().graph.inputs[0]?.shape, ["batch", 224, 224, 3]);
});

test("files that lack their parts are refused by name", () => {
  assert.throws(() => readKeras(kerasFile({})), { code: "keras/no-config" });
  const pickled = { "config.json": json(treeModel), "model.weights.npz": new Uint8Array(4) };
  assert.throws(() => readKeras(kerasFile(pickled)), { code: "keras/npz-weights" });
  const wide = structuredClone(treeModel);
  Object.assign(wide.config.layers[1]!.config, { units: 6 });
  const members = { "config.json": json(wide), "model.weights.h5": fixture("tree.weights.h5") };
  assert.throws(() => readKeras(kerasFile(members)), {
    code: "keras/weight-shape",
    message: /zeta\/kernel.*5 × 4.*5 × 6/,
  });
});
