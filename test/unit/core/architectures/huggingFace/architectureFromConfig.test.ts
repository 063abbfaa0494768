import assert from "node:assert/strict";
import { test } from "node:test";
import { architectureFromConfig } from "../../../../../src/core/architectures/huggingFace/architectureFromConfig.ts";
import { Config } from "../../../../../src/core/architectures/huggingFace/config.ts";
import { frequencies } from "../../../../../src/core/architectures/huggingFace/rotary.ts";
import { Failure } from "../../../../../src/core/failure.ts";
import type { WeightSet } from "../../../../../src/core/formats/checkpoint.ts";
import { toFloat32 } from "../../../../../src/core/graph/numbers.ts";
import { elementCount, type Tensor } from "../../../../../src/core/graph/tensor.ts";
import { padNote } from "../../../../../src/core/tokens/tokenProgram.ts";

const gpt2Config = { architectures: ["GPT2Model"], n_embd: 8, n_head: 2, n_layer: 1 };

/** Weights of a GPT-2 of one layer, which nobody reads. */
function gpt2(prefix = "", changes: Readonly<Record<string, readonly number[]>> = {}): WeightSet {
  const shapes: Record<string, readonly number[]> = { "wte.weight": [20, 8], "wpe.weight": [12, 8] };
  const layer = { "attn.c_attn": [8, 24], "attn.c_proj": [8, 8], "mlp.c_fc": [8, 32], "mlp.c_proj": [32, 8] };
  for (const [name, shape] of Object.entries(layer)) {
    shapes[`h.0.${name}.weight`] = shape;
    shapes[`h.0.${name}.bias`] = [shape[1]!];
  }
  for (const name of ["h.0.ln_1", "h.0.ln_2", "ln_f"]) {
    shapes[`${name}.weight`] = [8];
    shapes[`${name}.bias`] = [8];
  }
  const named = Object.entries({ ...shapes, ...changes }).map(
    ([name, shape]) => [prefix + name, zeros(shape)] as const,
  );
  return { tensors: new Map(named), inModuleOrder: false };
}

function zeros(shape: readonly number[]): Tensor {
  return { dtype: "float32", shape, bytes: () => new Uint8Array(4 * elementCount(shape)) };
}

test("finds the weights with or without the module of the base, whatever the class is", () => {
  for (const [name, head] of [
    ["GPT2Model", ""],
    ["GPT2LMHeadModel", "transformer."],
  ]) {
    for (const prefix of ["", "transformer."]) {
      const architecture = architectureFromConfig(
        JSON.stringify({ ...gpt2Config, architectures: [name], pad_token_id: 3 }),
        gpt2(prefix),
      );
      const { graph, metadata } = architecture.program();
      assert.ok(graph.initializers.has(`${head}h.0.attn.c_attn.weight`));
      assert.deepEqual(
        graph.inputs.map((input) => [input.name, input.shape]),
        [
          ["input_ids", ["batch", "sequence"]],
          ["attention_mask", ["batch", "sequence"]],
        ],
      );
      assert.deepEqual(graph.outputs[0]?.shape, ["batch", "sequence", head === "" ? 8 : 20]);
      assert.equal(metadata.get(padNote), "3");
      assert.match(architecture.evidence, new RegExp(name!));
    }
  }
});

test("buffers of earlier versions and heads that the class lacks are no matter; other weights are", () => {
  const text = JSON.stringify(gpt2Config);
  architectureFromConfig(text, gpt2("", { "h.0.attn.bias": [1, 1, 12, 12], "lm_head.weight": [20, 8] }));
  fails("config/weights-left", /h\.1\.ln_1\.weight/, text, gpt2("", { "h.1.ln_1.weight": [8] }));
});

test("says what is wrong with a configuration", () => {
  const changed = (changes: object) => JSON.stringify({ ...gpt2Config, ...changes });
  fails("config/not-json", /not JSON/, "{");
  fails("config/not-json", /object/, "[1]");
  fails("config/unsupported-architecture", /does not say/, "{}");
  fails("config/unsupported-architecture", /T5Model.*Bert\(Model.*Qwen2/, changed({ architectures: ["T5Model"] }));
  fails("config/unsupported-architecture", /__proto__/, changed({ architectures: ["__proto__"] }));
  fails("config/invalid", /n_layer should be a whole number above 0; found "two"/, changed({ n_layer: "two" }));
  fails("config/invalid", /architectures/, changed({ architectures: "GPT2Model" }));
  fails("config/unsupported-option", /add_cross_attention/, changed({ add_cross_attention: true }));
  fails("config/unsupported-option", /sparkle/, changed({ activation_function: "sparkle" }));
  fails("architecture/weight-shape", /\[8, 24\].*\[8, 32\]|32/, changed({ n_inner: 48 }));
  fails("architecture/weight-shape", /heads/, changed({ n_head: 3 }));
  fails("architecture/missing-weight", /h\.1\./, changed({ n_layer: 2_000_000_000 }));
  const llama = { architectures: ["LlamaModel"], hidden_size: 8, num_attention_heads: 2, head_dim: 2 ** 30 };
  fails("config/unsupported-option", /head_dim/, JSON.stringify(llama));
});

test("angles of rotary positions follow the configuration's rule", () => {
  const angles = (fields: object) => [...toFloat32(frequencies(Config.parse(JSON.stringify(fields)), 4))];
  assert.deepEqual(angles({}), [1, Math.fround(0.01)]);
  assert.deepEqual(angles({ rope_parameters: { rope_theta: 100, rope_type: "default" } }), [1, Math.fround(0.1)]);
  assert.deepEqual(angles({ rope_theta: 100, rope_scaling: { type: "linear", factor: 4 } }), [
    0.25,
    Math.fround(0.025),
  ]);
  assert.throws(() => angles({ rope_scaling: { rope_type: "yarn", factor: 4 } }), {
    code: "config/unsupported-option",
  });
});

function fails(code: string, message: RegExp, text: string, weights = gpt2()): void {
  assert.throws(
    () => architectureFromConfig(text, weights),
    (error: unknown) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    },
  );
}
