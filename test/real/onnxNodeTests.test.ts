import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { writeOnnx } from "../../src/core/formats/onnx/writer.ts";
import type { Program } from "../../src/core/graph/graph.ts";
import { unsupportedOperators } from "../../src/core/graph/operators.ts";
import { elementCount, float32Tensor } from "../../src/core/graph/tensor.ts";
import { operatorChanges } from "../../src/core/graph/upgrade/operators.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";
import {
  type BackendCase,
  difference,
  expectedValues,
  readCase,
  readTensorFile,
  runModel,
} from "../fixtures/onnxBackendTests.ts";
import { unpack } from "../fixtures/unpack.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** One entry of index.json, made by running each test with onnxruntime-node 1.30. */
interface IndexEntry {
  readonly ops: readonly string[];
  readonly opset: number;
  readonly "ort_node_1.30_cpu": string;
}

const assets = join(sharedFolder() ?? "", "assets");

test("ONNX's node tests pass as they are, read and written, and upgraded", { skip: withoutShared }, async (t) => {
  const index: Record<string, IndexEntry> = JSON.parse(
    readFileSync(join(assets, "onnx-node-tests/index.json"), "utf8"),
  );
  const passing = Object.entries(index).filter(([, entry]) => entry["ort_node_1.30_cpu"] === "pass");
  const { folder, remove } = unpack(join(assets, "onnx-node-tests/node-tests.tar.gz"));
  t.after(remove);

  const failures: string[] = [];
  const passed = { unmodified: 0, written: 0, upgraded: 0, rewritten: 0 };
  for (const [name, { ops, opset }] of passing) {
    const path = join(folder, "node", name, "model.onnx");
    const test = readCase(dirname(path));
    const program = read(path);
    const rewritten = opset < 21 && ops.some((op) => opset < (operatorChanges.get(op)?.until ?? 0));
    const runs: [keyof typeof passed, Uint8Array | string][] = [
      ["unmodified", path],
      ["written", writeOnnx(program)],
      ["upgraded", writeOnnx(upgrade(program))],
    ];
    for (const [what, model] of runs) {
      const wrong = await verdict(model, test);
      if (wrong === undefined) passed[what]++;
      else failures.push(`${name} ${what}: ${wrong}`);
    }
    if (rewritten) passed.rewritten++;
    if (unsupportedOperators(program).length > 0) failures.push(`${name}: listed as unsupported`);
  }
  t.diagnostic(
    `${passing.length} tests that ONNX Runtime passes: ${passed.unmodified} unmodified, ${passed.written} read and ` +
      `written, ${passed.upgraded} upgraded (${passed.rewritten} of them with operators that are rewritten); none left out`,
  );
  assert.deepEqual(failures, []);
  assert.equal(passing.length, 807);
});

/** Tests that nothing here can pass, and why. */
const impossible: ReadonlyMap<string, string> = new Map([
  ["test_MaxPool1d_stride_padding_dilation", "has no data"],
  ["test_MaxPool2d_stride_padding_dilation", "has no data"],
  ["test_operator_conv", "has no data"],
  ["test_gradient_of_add", "uses a training operator that the runtime lacks"],
  ["test_gradient_of_add_and_mul", "uses a training operator that the runtime lacks"],
  ["test_strnorm_model_monday_casesensintive_lower", "needs the locale en_US"],
  ["test_strnorm_model_monday_casesensintive_upper", "needs the locale en_US"],
  ["test_strnorm_model_monday_empty_output", "needs the locale en_US"],
  ["test_strnorm_model_monday_insensintive_upper_twodim", "needs the locale en_US"],
]);

test("graphs of PyTorch's first exporters (opset 6 to 12) pass upgraded", { skip: withoutShared }, async (t) => {
  const { folder, remove } = unpack(join(assets, "onnx-node-tests/light-and-pytorch-tests.tar.gz"));
  t.after(remove);
  const failures: string[] = [];
  let passed = 0;
  let notBefore = 0;
  for (const set of ["pytorch-converted", "pytorch-operator", "simple"]) {
    for (const name of readdirSync(join(folder, set))) {
      if (impossible.has(name)) continue;
      const path = join(folder, set, name, "model.onnx");
      const test = readCase(dirname(path));
      const program = read(path);
      const wrong = await verdict(writeOnnx(upgrade(program)), test);
      if (wrong === undefined) passed++;
      else failures.push(`${name}: ${wrong}`);
      if ((await verdict(path, test)) !== undefined) notBefore++;
    }
  }
  t.diagnostic(
    `${passed} tests pass, ${notBefore} of which the runtime cannot run before they are upgraded; ` +
      `left out: ${[...impossible].map(([name, why]) => `${name} (${why})`).join(", ")}`,
  );
  assert.deepEqual(failures, []);
});

test("classifiers of 2017 (opset 9 and IR 3) give what they are known to give, upgraded", {
  skip: withoutShared,
}, async (t) => {
  const { folder, remove } = unpack(join(assets, "onnx-node-tests/light-and-pytorch-tests.tar.gz"));
  t.after(remove);
  const light = join(folder, "light");
  const models = readdirSync(light).filter((file) => file.endsWith(".onnx"));
  for (const file of models) {
    const program = read(join(light, file));
    const shape = program.graph.inputs[0]?.shape?.map(Number) ?? [];
    const count = elementCount(shape);
    const input = float32Tensor(
      shape,
      Float32Array.from({ length: count }, (_, i) => i / count),
    );
    const output = readTensorFile(join(light, file.replace(".onnx", "_output_0.pb")));
    const test = { inputs: [input], outputs: [output] };
    assert.equal(await verdict(writeOnnx(upgrade(program)), test), undefined, file);
  }
  const mnist = join(assets, "onnx-mnist-cntk/mnist.onnx");
  assert.equal(await verdict(writeOnnx(upgrade(read(mnist))), readCase(dirname(mnist))), undefined, "mnist");
  t.diagnostic(`${models.length} networks without their weights, and the MNIST network of CNTK`);
});

function read(path: string): Program {
  return readOnnx(fileSource(path), siblingFiles(dirname(path)));
}

/** What is wrong with a model's answers, or what the runtime says where it refuses the model. */
async function verdict(model: Uint8Array | string, test: BackendCase): Promise<string | undefined> {
  try {
    return difference(await runModel(model, test.inputs), expectedValues(test.outputs));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
