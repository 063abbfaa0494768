import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Values } from "../../src/compute/backends/backend.ts";
import { onnxRuntime } from "../../src/compute/backends/onnxRuntime.ts";
import { fileSource } from "../../src/compute/files.ts";
import { runnableProgram } from "../../src/compute/models/runnable.ts";
import { architectureFromConfig } from "../../src/core/architectures/huggingFace/architectureFromConfig.ts";
import { readSafetensors } from "../../src/core/formats/safetensors/reader.ts";
import { listTaps } from "../../src/core/graph/taps.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** Of what transformers 5.12.1 computed in float32: 1e-4, or so much of the largest value (364 in the ResNet's logits). */
const tolerance = 1e-4;
const relativeTolerance = 1e-6;

/** Taps that each network must have. */
const networks: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "bert-cls",
    ["bert.embeddings.LayerNorm", "bert.encoder.layer.0.attention.self", "bert.encoder.layer.1.intermediate.dense"],
  ],
  [
    "distilbert-cls",
    ["distilbert.transformer.layer.0.attention.out_lin", "distilbert.transformer.layer.1.output_layer_norm"],
  ],
  ["gpt2-lm", ["transformer.h.0", "transformer.h.1.attn.c_proj", "transformer.h.1.mlp.act", "transformer.ln_f"]],
  ["llama-lm", ["model.layers.0", "model.layers.1.self_attn.o_proj", "model.layers.1.mlp.down_proj", "model.norm"]],
  ["vit-cls", ["vit.embeddings", "vit.encoder.layer.0", "vit.encoder.layer.1.attention.attention", "vit.layernorm"]],
  ["dinov2", ["embeddings", "encoder.layer.0", "encoder.layer.1.layer_scale2", "layernorm"]],
  [
    "resnet-cls",
    ["resnet.embedder.pooler", "resnet.encoder.stages.1.layers.0.shortcut.normalization", "resnet.pooler"],
  ],
  ["convnext-cls", ["convnext.embeddings.layernorm", "convnext.encoder.stages.0.layers.0", "convnext.layernorm"]],
]);

interface Reference {
  readonly inputs: Readonly<Record<string, readonly [dtype: string, shape: readonly number[]]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

const backend = onnxRuntime("cpu", 1);

for (const [name, tapNames] of networks) {
  test(`${name} gives what transformers gave`, { skip: withoutShared }, async (t) => {
    const folder = join(sharedFolder()!, "assets/hf-tiny-random", name);
    const reference = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8")) as Reference;
    const { weights } = readSafetensors(fileSource(join(folder, "model.safetensors")));
    const architecture = architectureFromConfig(readFileSync(join(folder, "config.json"), "utf8"), weights);
    assert.equal(architecture.source, "config");
    const program = architecture.program(reference.inputs.pixel_values?.[1].slice(1));

    const feeds = new Map<string, Values>();
    for (const { name: input } of program.graph.inputs) {
      const [, shape] = reference.inputs[input] ?? ["", [2, 7]];
      if (input === "token_type_ids") feeds.set(input, { shape, data: new BigInt64Array(14) });
      else if (input === "pixel_values") feeds.set(input, { shape, data: new Float32Array(raw(folder, input)) });
      else feeds.set(input, { shape, data: new BigInt64Array(raw(folder, input)) });
    }
    const session = await backend.load(program);
    const fetched = await session.run(feeds);
    await session.release();
    for (const [output, shape] of Object.entries(reference.outputs)) {
      const expected = new Float32Array(raw(folder, output));
      const actual = fetched.get(program.graph.outputs[0]!.name)!;
      assert.deepEqual([...actual.shape], shape);
      const error = Math.max(...expected.map((value, i) => Math.abs(value - Number(actual.data[i]))));
      const largest = Math.max(...expected.map(Math.abs));
      const text = `${error.toExponential(1)} in values up to ${largest.toPrecision(3)}`;
      t.diagnostic(`${output} of ${architecture.name}: largest difference ${text}`);
      assert.ok(error <= Math.max(tolerance, relativeTolerance * largest));
    }

    const ready = runnableProgram({ path: folder, program });
    assert.equal(ready.batch, "free");
    const sizes = ready.input.shape!.slice(1).map((size) => (typeof size === "number" ? size : 7));
    const taps = listTaps(ready.program, ready.input.name, sizes).map((tap) => tap.name);
    for (const tap of tapNames) assert.ok(taps.includes(tap), `${tap} is missing`);
  });
}

/** The reference's elements, little-endian. */
function raw(folder: string, name: string): ArrayBuffer {
  const bytes = readFileSync(join(folder, `ref.${name}.bin`));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
