import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";
import { onnxRuntime } from "../../src/compute/backends/onnxRuntime.ts";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { readTorchScript } from "../../src/core/formats/torchscript/reader.ts";
import { moduleNote } from "../../src/core/graph/builder.ts";
import { makeProgram, type Program } from "../../src/core/graph/graph.ts";
import type { Shape } from "../../src/core/graph/shapes/value.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** Archives of `torch.jit.save` against what PyTorch itself answers. */

const shared = sharedFolder() ?? "";
const reference = join(shared, "assets/reference-values");
const tolerance = 1e-4;

interface Opened {
  readonly program: Program;
  readonly milliseconds: number;
  close(): void;
}

function openArchive(file: string, sampleShape?: Shape): Opened {
  const start = performance.now();
  const source = fileSource(file);
  const { architecture } = readTorchScript(source);
  assert.ok(architecture);
  const program = architecture.program(sampleShape);
  return { program, milliseconds: performance.now() - start, close: () => source.close() };
}

/** The values of the first output and of `extra`, run on `data`. */
async function run(program: Program, data: Float32Array, count: number, extra: readonly string[] = []) {
  const outputs = [
    ...program.graph.outputs.slice(0, 1),
    ...extra.map((name) => ({ name, dtype: "float32" as const, shape: [] })),
  ];
  const session = await onnxRuntime("cpu", 1).load(makeProgram({ ...program.graph, outputs }));
  try {
    const [input] = program.graph.inputs;
    assert.ok(input?.shape);
    const shape = [count, ...input.shape.slice(1).map(Number)];
    const values = await session.run(new Map([[input.name, { shape, data }]]));
    return outputs.map(({ name }) => {
      const value = values.get(name)?.data;
      assert.ok(value instanceof Float32Array);
      return value;
    });
  } finally {
    await session.release();
  }
}

/** What a module gives: the value of the last node that belongs to it or to a module within it. */
function lastValueOf(program: Program, module: string): string {
  const node = program.graph.nodes.findLast(({ metadata }) => `${metadata?.get(moduleNote)}.`.startsWith(`${module}.`));
  assert.ok(node?.outputs[0], module);
  return node.outputs[0];
}

function floats(file: string): Float32Array {
  const bytes = new Uint8Array(readFileSync(file));
  return new Float32Array(bytes.buffer);
}

/** The greatest difference of two arrays of the same length. */
function worst(ours: Float32Array | undefined, theirs: Float32Array): number {
  assert.equal(ours?.length, theirs.length);
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - (ours?.[i] ?? Number.NaN))), 0);
}

describe("TorchScript archives of trained networks", { skip: withoutShared }, () => {
  const archives = [
    ...["mnist", "fashion"].flatMap((data) =>
      ["script113", "script214", "trace113"].map((how) => ({
        file: `crossformat-kw/kw_${data}.${how}.pt`,
        network: "kw_mnist",
        module: "3",
        isReference: data === "mnist",
      })),
    ),
    {
      file: "donor-resnet20-exports/traced_1.13.0.ts.pt",
      network: "akamaster_resnet20",
      module: "layer2",
      isReference: true,
    },
  ];
  for (const { file, network, module, isReference } of archives) {
    test(file, async (t) => {
      const { program, milliseconds, close } = openArchive(join(shared, "assets", file));
      const input = floats(join(reference, `${network}.input.f32`));
      const [logits, rep] = await run(program, input, 4, [lastValueOf(program, module)]);
      if (isReference) {
        const errors = [
          worst(logits, floats(join(reference, `${network}.logits.f32`))),
          worst(rep, floats(join(reference, `${network}.rep.f32`))),
        ];
        t.diagnostic(
          `logits ${errors[0]?.toExponential(1)}, ${module} ${errors[1]?.toExponential(1)}, ${milliseconds.toFixed(0)} ms`,
        );
        for (const error of errors) assert.ok(error <= tolerance);
      } else {
        // The reference has no values of the second network: its ONNX file stands in.
        const source = fileSource(join(shared, "assets/crossformat-kw/kw_fashion.onnx"));
        const [expected] = await run(readOnnx(source, siblingFiles(dirname(source.name))), input, 4);
        source.close();
        assert.ok(expected);
        const error = worst(logits, expected);
        t.diagnostic(`logits ${error.toExponential(1)}`);
        assert.ok(error <= tolerance);
      }
      close();
    });
  }
});

const python = "/usr/bin/python3";
const cache = resolve(import.meta.dirname, "../.cache/torchscript");

function pythonReason(): string | false {
  try {
    execFileSync(python, ["-c", "import torch, torchvision"], { stdio: "ignore" });
    return false;
  } catch {
    return "not run: needs Python with torch and torchvision";
  }
}

/** How many the exporter draws. */
const images = 2;

const torchvision = [
  "resnet18",
  "mobilenet_v3_small",
  "densenet121",
  "squeezenet1_1",
  "googlenet",
  "shufflenet_v2_x0_5",
  "efficientnet_b0",
  "vit_b_16",
  "swin_t",
  "convnext_tiny",
];

describe("torchvision's networks, traced and scripted here", { skip: pythonReason() }, () => {
  for (const network of torchvision) {
    for (const how of ["trace", "script"]) {
      test(`${network}, ${how}`, async (t) => {
        const exporter = join(import.meta.dirname, "models/export_torchscript.py");
        execFileSync(python, [exporter, "--out", cache, "--models", network], {
          stdio: ["ignore", "ignore", "inherit"],
        });
        const [input, expected] = ["input", "logits"].map((part) => floats(join(cache, `${network}.${part}.f32`)));
        assert.ok(input && expected);
        const pixels = Math.sqrt(input.length / (images * 3));
        const { program, milliseconds, close } = openArchive(join(cache, `${network}.${how}.pt`), [3, pixels, pixels]);
        const [logits] = await run(program, input, images);
        close();
        const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const error = worst(logits, expected) / scale;
        t.diagnostic(
          `${error.toExponential(1)} of ${scale.toPrecision(3)}, ${program.graph.nodes.length} nodes, ${milliseconds.toFixed(0)} ms`,
        );
        assert.ok(error <= tolerance);
      });
    }
  }
});
