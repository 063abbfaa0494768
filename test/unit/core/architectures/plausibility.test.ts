import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { fileSource, siblingFiles } from "../../../../src/compute/files.ts";
import { runnableProgram } from "../../../../src/compute/models/runnable.ts";
import { bindToDonor } from "../../../../src/core/architectures/donor/bind.ts";
import type { BatchNormPoint } from "../../../../src/core/architectures/plausibility/batchNormPoints.ts";
import {
  type ChannelStatistics,
  Observation,
  RunningStatistics,
} from "../../../../src/core/architectures/plausibility/channelStatistics.ts";
import { plausibility } from "../../../../src/core/architectures/plausibility/plausibility.ts";
import {
  mostPlausible,
  usualNormalisations,
} from "../../../../src/core/architectures/plausibility/usualNormalisations.ts";
import { withBatchNormInputs } from "../../../../src/core/architectures/plausibility/withBatchNormInputs.ts";
import { readOnnx } from "../../../../src/core/formats/onnx/reader.ts";
import { batchAxis, GraphBuilder } from "../../../../src/core/graph/builder.ts";
import type { Program } from "../../../../src/core/graph/graph.ts";
import { toFloat32, toFloat64 } from "../../../../src/core/graph/numbers.ts";
import { float32Tensor, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { readEncodedNetwork } from "../../../fixtures/encodedNetwork.ts";
import { numbers } from "../../../fixtures/onnxPrograms.ts";

const vector = (...values: readonly number[]): Tensor => float32Tensor([values.length], values);

async function observe(
  program: Program,
  samples: readonly Tensor[],
  more: readonly BatchNormPoint[] = [],
): Promise<{ readonly statistics: readonly ChannelStatistics[]; readonly points: readonly BatchNormPoint[] }> {
  const observed = withBatchNormInputs(program, more);
  assert.ok(observed);
  const session = await onnxRuntime("auto", 1).load(observed.program);
  const observation = new Observation(observed.points);
  const [input] = program.graph.inputs;
  for (const each of samples) {
    const feed = { shape: each.shape, data: toFloat32(each) as Float32Array<ArrayBuffer> };
    observation.add(await session.run(new Map([[input!.name, feed]])), each.shape[0]!);
  }
  await session.release();
  return { statistics: observation.statistics, points: observed.points };
}

/** A batch norm of an input of these sizes. */
function batchNorm(sizes: readonly number[]): Program {
  const builder = new GraphBuilder();
  const x = builder.input("x", "float32", [batchAxis, ...sizes]);
  const parameters = ["weight", "bias", "running_mean", "running_var"].map((leaf) =>
    builder.weight(`bn.${leaf}`, numbers([sizes[0]!], leaf.length)),
  );
  builder.output(builder.add("BatchNormalization", [x, ...parameters]));
  return builder.build("test");
}

/** Mean and variance of channel `channel` of samples, in two passes. */
function directly(samples: readonly Tensor[], channel: number): { readonly mean: number; readonly variance: number } {
  const values = samples.flatMap((each) => {
    const [, channels = 1, ...rest] = each.shape;
    const pixels = rest.reduce((product, size) => product * size, 1);
    return [...toFloat64(each)].filter((_, i) => Math.floor(i / pixels) % channels === channel);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

describe("what batch norms are given", () => {
  for (const sizes of [[3], [3, 4, 5]]) {
    test(`mean and variance per channel over several runs: batch × ${sizes.join(" × ")}`, async () => {
      const samples = [numbers([5, ...sizes], 1), numbers([2, ...sizes], 2), numbers([4, ...sizes], 3)];
      const { statistics, points } = await observe(batchNorm(sizes), samples);
      assert.deepEqual(
        points.map(({ name }) => name),
        ["bn"],
      );
      for (let channel = 0; channel < 3; channel++) {
        const { mean, variance } = directly(samples, channel);
        assert.ok(Math.abs(statistics[0]!.mean[channel]! - mean) <= 1e-6);
        assert.ok(Math.abs(statistics[0]!.variance[channel]! - variance) <= 1e-6 * variance);
      }
    });
  }

  test("a large mean does not swallow the variance", async () => {
    const samples = [float32Tensor([4, 1], [100_000, 100_001, 100_002, 100_003])];
    const { statistics } = await observe(batchNorm([1]), samples);
    assert.ok(Math.abs(statistics[0]!.variance[0]! - 1.25) <= 1e-3);
  });

  test("samples are taken in one after another", () => {
    const running = new RunningStatistics(1);
    for (const mean of [0, 0, 0, 4]) running.add({ mean: [mean], variance: [mean === 0 ? 1 : 2] });
    assert.equal(running.statistics.mean[0], 1);
    assert.equal(running.statistics.variance[0], (3 * (1 + 1) + (2 + 9)) / 4);
  });

  test("batch norms that the donor folded count as if they were there", async () => {
    const folder = join(import.meta.dirname, "../../../fixtures/donors");
    const open = (name: string): Program => readOnnx(fileSource(join(folder, `${name}.onnx`)), siblingFiles(folder));
    const { weights, input } = readEncodedNetwork(join(folder, "preActivation.json"));
    const folded = bindToDonor(open("preActivation"), weights, "folded");
    const kept = bindToDonor(open("untrained"), weights, "kept");
    const names = folded.folded.map(({ name }) => name);
    assert.deepEqual(names.toSorted(), ["bn2", "bns.0", "bns.1", "shortcut.1"]);
    assert.deepEqual(kept.folded, []);
    const scores = await Promise.all(
      [folded, kept].map(async (each) => {
        const { program } = runnableProgram({ path: "network", program: each.program });
        const { statistics, points } = await observe(program, [input], each.folded);
        return new Map(points.map((point, i) => [point.name, plausibility([statistics[i]!], [point]).all]));
      }),
    );
    for (const name of names) {
      const [a, b] = scores.map((each) => each.get(name)!);
      assert.ok(Math.abs(a! - b!) <= 1e-3 * Math.max(1, b!), `${name}: ${a} and ${b}`);
    }
  });

  test("a network without batch norms has nothing to tell", () => {
    const builder = new GraphBuilder();
    builder.output(builder.add("Relu", [builder.input("x", "float32", [batchAxis, 3])]));
    assert.equal(withBatchNormInputs(builder.build("test")), undefined);
  });
});

describe("plausibility", () => {
  const standard = { mean: vector(0), variance: vector(1) };
  /** KL(N(μ, σ²) ‖ N(0, 1)) = (σ² + μ² − 1 − ln σ²) / 2. */
  const divergence = (mean: number, variance: number) => (variance + mean ** 2 - 1 - Math.log(variance)) / 2;

  test("is the divergence of normal distributions", () => {
    for (const [mean, variance] of [
      [0, 1],
      [1, 1],
      [0.5, 4],
      [-3, 0.01],
    ] as const) {
      const { first, all } = plausibility([{ mean: [mean], variance: [variance] }], [standard]);
      assert.ok(Math.abs(first - divergence(mean, variance)) <= 1e-12);
      assert.equal(all, first);
    }
  });

  test("median over channels, mean over batch norms; constant channels say nothing", () => {
    const point = { mean: vector(0, 0, 0, 7), variance: vector(1, 1, 1, 0) };
    const seen = { mean: [1, 2, 50, 0], variance: [1, 1, 1, 1] };
    const { first, all } = plausibility([seen, { mean: [0], variance: [1] }], [point, standard]);
    assert.equal(first, 2);
    assert.equal(all, 1);
  });

  test("verdicts", () => {
    const verdict = (mean: number, variance = 1) =>
      plausibility([{ mean: [mean], variance: [variance] }], [standard]).verdict;
    assert.equal(verdict(0.1), "good");
    assert.equal(verdict(0.35), "doubtful");
    assert.equal(verdict(1), "wrong");
    assert.equal(verdict(Number.NaN), "wrong");
    assert.equal(plausibility([], []).verdict, "wrong");
  });

  test("the most plausible normalisation is proposed, and none where all are wrong", () => {
    const choices = usualNormalisations(3);
    assert.ok(choices.length >= 6);
    const score = (all: number) => ({ first: all, all, verdict: all > 0.1 ? "wrong" : "good" }) as const;
    const scores = choices.map((_, i) => score(i === 2 ? 0.01 : 1));
    assert.equal(mostPlausible(choices, scores)?.name, choices[2]!.name);
    assert.equal(
      mostPlausible(
        choices,
        choices.map(() => score(1)),
      ),
      undefined,
    );
  });
});
