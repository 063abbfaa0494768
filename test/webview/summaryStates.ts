/** States of the summary as the host posts them: a small network, one with thousands of tensors, a broken file. */
import type { SummaryState, TensorStatistics } from "../../src/protocol/view.ts";

const names = ["stem.conv.weight", "stem.conv.bias", "stages.0.blocks.0.norm.weight", "fc.weight", "fc.bias"];

/** Five tensors, one of them with NaN. */
export function smallSummary(): SummaryState {
  const shapes = [[64, 3, 7, 7], [64], [64], [10, 512], [10]];
  const tensors = names.map((name, i) => ({ name, dtype: "float32", shape: shapes[i] ?? [] }));
  return {
    ...summaryOf("ears-seed0.onnx", tensors, 62_310),
    statistics: tensors.map(({ name, shape }, i) => statisticsOf(name, product(shape), i, i === 3 ? 12 : 0)),
  };
}

/** Five thousand tensors of a transformer, with long names and several types. */
export function largeSummary(): SummaryState {
  const kinds: readonly (readonly [string, string, readonly number[]])[] = [
    ["self_attn.q_proj.weight", "bfloat16", [4096, 4096]],
    ["self_attn.rotary_emb.inv_freq", "float32", [64]],
    ["mlp.experts.12.gate_up_proj.weight_scale", "float8e4m3fn", [14336, 4096]],
    ["input_layernorm.weight", "float32", [4096]],
    ["attention_mask_indices", "int64", [1, 1, 2048, 2048]],
  ];
  const tensors = Array.from({ length: 5000 }, (_, i) => {
    const [part, dtype, shape] = kinds[i % kinds.length] ?? ["weight", "float32", []];
    return { name: `model.language_model.layers.${Math.floor(i / kinds.length)}.${part}`, dtype, shape };
  });
  return {
    ...summaryOf("mixture-of-experts-instruct-step-120000.onnx", tensors, 4_310_000),
    statistics: tensors.map(({ name, shape }, i) => statisticsOf(name, product(shape), i, 0)),
    baseline: "mixture-of-experts-base.onnx",
  };
}

/** As the host has it between the names and the end of the statistics. */
export function streamingSummary(share: number): SummaryState {
  const state = largeSummary();
  return {
    ...state,
    statistics: state.statistics.slice(0, Math.round(share * state.statistics.length)),
    statisticsStatus: { kind: "running", phase: "Reading weights", done: share * 1e6, total: 1e6 },
  };
}

export function failedSummary(): SummaryState {
  const { model: _none, ...rest } = smallSummary();
  return {
    ...rest,
    statistics: [],
    status: {
      kind: "failed",
      failure: {
        code: "onnx/truncated",
        message: "The model does not say which operator set it uses: its end is missing.",
        hint: "It may still be written, or a copy was cut off: try again when it is complete.",
      },
    },
    statisticsStatus: { kind: "cancelled" },
  };
}

function summaryOf(
  file: string,
  tensors: readonly { name: string; dtype: string; shape: readonly number[] }[],
  sizeBytes: number,
): SummaryState {
  return {
    type: "summary",
    path: `/home/user/runs/${file}`,
    sizeBytes,
    status: { kind: "done" },
    model: {
      path: `/home/user/runs/${file}`,
      format: "onnx",
      digest: "",
      architecture: { source: "file", name: "main_graph", evidence: "the file holds the graph" },
      parameters: tensors.reduce((sum, { shape }) => sum + product(shape), 0),
      taps: ["stem.conv", "stages.0", "stages.1", "pool", "fc"].map((name, i) => ({
        name,
        op: i === 4 ? "Gemm" : "Conv",
        shape: i === 4 ? ["n", 10] : ["n", 64 << i, 32 >> i, 32 >> i],
        width: i === 4 ? 10 : (64 << i) * (32 >> i) ** 2,
        folded: [],
      })),
      preprocessing: { mean: [], std: [], source: "none" },
      inputs: [{ name: "images", dtype: "float32", shape: [null, 3, 32, 32] }],
      tensors,
      facts: {
        producer: "pytorch 2.14.1",
        "operator sets": "ai.onnx 17",
        "IR version": "8",
        classes: "airplane automobile bird cat deer dog frog horse ship truck ".repeat(8),
      },
    },
    warnings: [],
    statistics: [],
    statisticsStatus: { kind: "done" },
  };
}

/** A bell about a mean that depends on the place, so that pictures differ. */
function statisticsOf(name: string, count: number, seed: number, nonFinite: number): TensorStatistics {
  const spread = 10 ** -(seed % 5);
  const centre = ((seed % 7) - 3) / 4;
  const histogram = Array.from({ length: 32 }, (_, bin) =>
    Math.round(count * Math.exp(-(((bin - 16 - centre * 8) / (3 + (seed % 4) * 2)) ** 2))),
  );
  return {
    name,
    count,
    nonFinite,
    minimum: (centre - 2) * spread,
    maximum: (centre + 2) * spread,
    mean: centre * spread,
    standardDeviation: spread / 3,
    histogram,
  };
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, next) => size * next, 1);
}
