import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Values } from "../../../../../src/compute/backends/backend.ts";
import { onnxRuntime } from "../../../../../src/compute/backends/onnxRuntime.ts";
import { fileSource } from "../../../../../src/compute/files.ts";
import { architectureFromConfig } from "../../../../../src/core/architectures/huggingFace/architectureFromConfig.ts";
import type { WeightSet } from "../../../../../src/core/formats/checkpoint.ts";
import { readSafetensors } from "../../../../../src/core/formats/safetensors/reader.ts";
import { toFloat32, toIntegers } from "../../../../../src/core/graph/numbers.ts";
import type { Tensor } from "../../../../../src/core/graph/tensor.ts";

/**
 * Networks of `test/fixtures/huggingFace/make_networks.py`, whose answers come from PyTorch's `TransformerEncoderLayer` and
 * `MultiheadAttention`, torchvision's `Bottleneck`, and NumPy. Values are of order 1 to 10.
 */
const tolerance = 2e-5;

const bertLike = { hidden_size: 8, num_attention_heads: 2, num_hidden_layers: 2, intermediate_size: 16 };

const configs = {
  bert: { architectures: ["BertForMaskedLM"], ...bertLike },
  roberta: {
    architectures: ["RobertaForSequenceClassification"],
    ...bertLike,
    type_vocab_size: 1,
    layer_norm_eps: 1e-5,
  },
  gpt2: {
    architectures: ["GPT2ForSequenceClassification"],
    n_embd: 8,
    n_head: 2,
    n_layer: 2,
    n_inner: 16,
    pad_token_id: 0,
  },
  qwen2: {
    architectures: ["Qwen2ForCausalLM"],
    hidden_size: 8,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 4,
    num_hidden_layers: 2,
    intermediate_size: 12,
    tie_word_embeddings: true,
    use_sliding_window: true,
    sliding_window: 3,
    max_window_layers: 1,
    rope_theta: 100,
    rope_scaling: {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 16,
    },
  },
  deit: { architectures: ["DeiTForImageClassificationWithTeacher"], ...bertLike, image_size: 8, patch_size: 4 },
  dinov2: {
    architectures: ["Dinov2ForImageClassification"],
    hidden_size: 8,
    num_attention_heads: 2,
    num_hidden_layers: 1,
    image_size: 16,
    patch_size: 4,
    use_swiglu_ffn: true,
  },
  resnet: {
    architectures: ["ResNetForImageClassification"],
    embedding_size: 8,
    hidden_sizes: [16, 32],
    depths: [1, 2],
    layer_type: "bottleneck",
  },
};

const backend = onnxRuntime("cpu", 1);

for (const [name, config] of Object.entries(configs)) {
  test(`${name}: ${config.architectures[0]} answers as PyTorch does`, async (t) => {
    const { weights, inputs, expected } = fixture(name);
    const sampleShape = inputs.get("pixel_values")?.shape.slice(1);
    const program = architectureFromConfig(JSON.stringify(config), weights).program(sampleShape);
    const actual = await answer(program, inputs);
    // Of the decoder, the tokens that the mask lets through in every sample.
    const { data } = name === "qwen2" ? { data: actual.data.filter((_, i) => Math.floor(i / 20) % 7 >= 2) } : actual;
    const error = Math.max(...expected.map((value, i) => Math.abs(value - Number(data[i]))));
    t.diagnostic(`largest difference ${error.toExponential(1)} in values up to ${Math.max(...expected.map(Math.abs))}`);
    assert.equal(data.length, expected.length);
    assert.ok(error <= tolerance);
  });
}

async function answer(
  program: Parameters<typeof backend.load>[0],
  inputs: ReadonlyMap<string, Values>,
): Promise<Values> {
  assert.deepEqual(new Set(program.graph.inputs.map((input) => input.name)), new Set(inputs.keys()));
  const session = await backend.load(program);
  const fetched = await session.run(inputs);
  await session.release();
  return fetched.get(program.graph.outputs[0]!.name)!;
}

function fixture(name: string) {
  const path = join(import.meta.dirname, `../../../../fixtures/huggingFace/${name}.safetensors`);
  const { weights } = readSafetensors(fileSource(path));
  const network = new Map<string, Tensor>();
  const inputs = new Map<string, Values>();
  let expected = new Float32Array();
  for (const [key, tensor] of weights.tensors) {
    if (key === "expected") expected = toFloat32(tensor) as Float32Array<ArrayBuffer>;
    else if (key.startsWith("input.")) inputs.set(key.slice("input.".length), values(tensor));
    else network.set(key, tensor);
  }
  const set: WeightSet = { tensors: network, inModuleOrder: false };
  return { weights: set, inputs, expected };
}

function values(tensor: Tensor): Values {
  const data = tensor.dtype === "int64" ? BigInt64Array.from(toIntegers(tensor), BigInt) : toFloat32(tensor);
  return { shape: tensor.shape, data };
}
