import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { onnxRuntime } from "../../../../../src/compute/backends/onnxRuntime.ts";
import { fileSource } from "../../../../../src/compute/files.ts";
import { Failure } from "../../../../../src/core/failure.ts";
import type { Checkpoint } from "../../../../../src/core/formats/checkpoint.ts";
import { readTorchScript } from "../../../../../src/core/formats/torchscript/reader.ts";
import { moduleNote } from "../../../../../src/core/graph/builder.ts";
import type { Program } from "../../../../../src/core/graph/graph.ts";
import type { Shape } from "../../../../../src/core/graph/shapes/value.ts";
import { type ArchiveModule, torchScriptArchive } from "../../../../fixtures/torchScriptArchive.ts";

const folder = resolve(import.meta.dirname, "../../../../fixtures/torchscript");

interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
type Expected = Readonly<Record<string, { readonly input: Numbers; readonly outputs: readonly Numbers[] }>>;
const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Expected;

function withArchive<T>(name: string, use: (checkpoint: Checkpoint) => T): T {
  const source = fileSource(join(folder, name));
  try {
    return use(readTorchScript(source));
  } finally {
    source.close();
  }
}

function programOf(name: string, shape?: Shape): Program {
  return withArchive(name, ({ architecture }) => {
    assert.ok(architecture);
    return architecture.program(shape);
  });
}

function refuses(code: string, message: RegExp, act: () => unknown): void {
  assert.throws(act, (error) => error instanceof Failure && error.code === code && message.test(error.message));
}

for (const name of ["traced.pt", "scripted_training.pt", "tokens.pt"]) {
  test(`${name} answers as PyTorch does, for any number of samples`, async (t) => {
    const { input, outputs } = expected[name] ?? {};
    assert.ok(input && outputs);
    const source = fileSource(join(folder, name));
    const { architecture } = readTorchScript(source);
    const program = architecture?.program(input.shape.slice(1));
    assert.ok(program);
    const session = await onnxRuntime("cpu", 1).load(program);
    const [taken] = program.graph.inputs;
    const isTokens = taken?.dtype === "int64";
    const data = isTokens ? BigInt64Array.from(input.values, BigInt) : Float32Array.from(input.values);
    const results = await session.run(new Map([[taken?.name ?? "", { shape: input.shape, data }]]));
    assert.equal(program.graph.outputs.length, outputs.length);
    for (const [i, { name }] of program.graph.outputs.entries()) {
      const result = results.get(name);
      assert.deepEqual(result?.shape, outputs[i]?.shape);
      const worst = Math.max(
        ...(outputs[i]?.values.map((value, at) => Math.abs(value - Number(result?.data[at]))) ?? [1]),
      );
      t.diagnostic(`${name}: ${worst.toExponential(1)}`);
      assert.ok(worst <= 1e-5);
    }
    await session.release();
    source.close();
  });
}

test("weights have the names of the state dict, in its order", () => {
  withArchive("traced.pt", ({ format, weights }) => {
    assert.equal(format, "torchscript");
    assert.deepEqual(Array.from(weights.tensors.keys()), [
      ...["scale", "stem.weight", "stem.bias"],
      ...[0, 1].flatMap((i) => [
        `blocks.${i}.conv.weight`,
        ...["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map(
          (part) => `blocks.${i}.norm.${part}`,
        ),
      ]),
      ...["head.weight", "head.bias"],
    ]);
    assert.deepEqual(weights.tensors.get("head.weight")?.shape, [5, 36]);
  });
});

test("nodes belong to the modules whose code makes them", () => {
  const modules = new Set(
    programOf("traced.pt", [1, 8, 8]).graph.nodes.map(({ metadata }) => metadata?.get(moduleNote)),
  );
  for (const path of ["stem", "blocks.0.conv", "blocks.0.norm", "blocks.1.act", "head"])
    assert.ok(modules.has(path), path);
});

test("the size of a sample is found by trying what fits", () => {
  withArchive("traced.pt", ({ architecture }) => {
    assert.deepEqual(architecture?.sampleShape, [1, "height", "width"]);
    assert.match(architecture.evidence, /1 channel in its first layer, stem/);
    assert.deepEqual(architecture.program().graph.inputs[0]?.shape, ["batch", 1, 8, 8]);
    refuses("onnx/shape-mismatch", /./, () => architecture.program([1, 9, 12]));
  });
  withArchive("scripted_training.pt", ({ architecture }) => {
    assert.deepEqual(architecture?.program().graph.inputs[0]?.shape, ["batch", 6]);
  });
  withArchive("tokens.pt", ({ architecture }) => {
    assert.deepEqual(architecture?.sampleShape, ["sequence"]);
    assert.deepEqual(architecture?.program().graph.inputs[0]?.shape, ["batch", 7]);
  });
});

test("training mode is named and left", () => {
  withArchive("scripted_training.pt", ({ provenance }) => {
    assert.deepEqual(
      provenance.notices.map(({ code }) => code),
      ["torchscript/training-mode"],
    );
  });
});

test("a network whose structure depends on the samples is refused with the place", () => {
  refuses("torchscript/data-dependent", /line \d+ of code\/__torch__\.py/, () => programOf("undecided.pt"));
  withArchive("undecided.pt", ({ weights }) => assert.equal(weights.tensors.size, 2));
});

test("archives for mobile devices have code, or else weights alone", () => {
  assert.ok(programOf("mobile.ptl", [6]).graph.nodes.length > 0);
  const network: ArchiveModule = {
    className: "__torch__.Net",
    attributes: { weight: { shape: [1, 2], values: [1, 2] }, training: false },
  };
  const { architecture, weights, provenance } = readTorchScript(torchScriptArchive({}, network));
  assert.equal(architecture, undefined);
  assert.deepEqual(Array.from(weights.tensors.keys()), ["weight"]);
  assert.equal(provenance.notices[0]?.code, "torchscript/bytecode-only");
});

test("inputs that are no single tensor are refused by name", () => {
  const network: ArchiveModule = {
    className: "__torch__.Net",
    attributes: { weight: { shape: [2, 2], values: [1, 0, 0, 1] } },
  };
  const open = (parameters: string) => {
    const code = `class Net(Module):\n  weight : Tensor\n  def forward(self: __torch__.Net${parameters}) -> Tensor:\n    return x\n`;
    return () => readTorchScript(torchScriptArchive({ "__torch__.py": code }, network)).architecture?.program([2]);
  };
  refuses("torchscript/inputs", /"y"/, open(", x: Tensor, y: Tensor"));
  refuses("torchscript/inputs", /"x"/, open(", x: List[Tensor]"));
  refuses("torchscript/inputs", /no input/, open(""));
});

test("an archive without a network, or without code for it, is refused", () => {
  const network: ArchiveModule = { className: "__torch__.Net", attributes: {} };
  const other = "class Other(Module):\n  pass\n";
  refuses("torchscript/missing-code", /__torch__\.Net\.forward/, () =>
    readTorchScript(torchScriptArchive({ "__torch__.py": other }, network)).architecture?.program([2]),
  );
});
