import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Architecture } from "../../src/core/architectures/architecture.ts";
import { recogniseCifar } from "../../src/core/architectures/cifar/recogniseCifar.ts";
import { Observation } from "../../src/core/architectures/plausibility/channelStatistics.ts";
import { type Plausibility, plausibility } from "../../src/core/architectures/plausibility/plausibility.ts";
import { mostPlausible, usualNormalisations } from "../../src/core/architectures/plausibility/usualNormalisations.ts";
import { withBatchNormInputs } from "../../src/core/architectures/plausibility/withBatchNormInputs.ts";
import { recogniseSequential } from "../../src/core/architectures/sequential/recogniseSequential.ts";
import { listTaps } from "../../src/core/graph/taps.ts";
import { accuracy, checkpointOf, cifarImages, mnistImages, numbersOf, ready, run, runReady, worst } from "./network.ts";
import { withoutShared } from "./shared.ts";

/** Networks known by the names and shapes of their weights, against PyTorch's numbers and the accuracies that are on record. */

const tolerance = 1e-4;

function recognise(path: string): Architecture {
  const { weights, provenance } = checkpointOf(path);
  const found = recogniseCifar(weights) ?? recogniseSequential(weights, provenance.modules);
  assert.ok(found, `${path} is not recognised`);
  return found;
}

describe("logits and a representation of five networks from bare weights", { skip: withoutShared }, () => {
  for (const [reference, path, tap, shape] of [
    ["akamaster_resnet20", "torch-cifar10-resnet-akamaster/resnet20-12fca82f.th", "layer2.2", [4, 3, 32, 32]],
    ["drfrankenstein_tiny10_in0", "torch-cifar10-drfrankenstein/Tiny10/in0-gn0/110000.pt", "bn5", [4, 3, 32, 32]],
    [
      "drfrankenstein_resnet20_in0",
      "torch-cifar10-drfrankenstein/ResNet20_w1/in0-gn0/110000.pt",
      "layer3.2",
      [4, 3, 32, 32],
    ],
    ["kw_mnist", "torch-robust-convex-adversarial/mnist.pth", "3", [4, 1, 28, 28]],
    ["burn_mnist", "donor-mnist-burn/mnist.pt", "fc1", [4, 1, 28, 28]],
    ["kw_mnist", "crossformat-kw/kw_mnist.whole_module.pt", "3", [4, 1, 28, 28]],
    ["kw_mnist", "crossformat-kw/kw_mnist.safetensors", "3", [4, 1, 28, 28]],
  ] as const) {
    test(path, async (t) => {
      const found = recognise(path);
      t.diagnostic(`${found.name}: ${found.evidence}`);
      const program = found.program();
      const { value } = listTaps(program, program.graph.inputs[0]!.name, shape.slice(1)).find(
        ({ name }) => name === tap,
      )!;
      const input = numbersOf(`reference-values/${reference}.input.f32`);
      const [logits, representation] = await run(program, shape, input, [program.graph.outputs[0]!.name, value]);
      const off = worst(logits!, numbersOf(`reference-values/${reference}.logits.f32`));
      const offAtTap = worst(representation!, numbersOf(`reference-values/${reference}.rep.f32`));
      t.diagnostic(`worst |ours − PyTorch|: logits ${off.toExponential(1)}, ${tap} ${offAtTap.toExponential(1)}`);
      assert.ok(off <= tolerance && offAtTap <= tolerance);
    });
  }

  for (const [path, mean, std, expected] of [
    ["donor-mnist-burn/mnist.pt", 0.1307, 0.3081, 0.991],
    // Of another epoch than the file beside it.
    ["donor-mnist-burn/mnist.safetensors", 0.1307, 0.3081, 0.985],
    ["torch-robust-convex-adversarial/mnist.pth", 0, 1, 0.97],
  ] as const) {
    test(`${path}: accuracy on MNIST`, async (t) => {
      const { images, labels } = mnistImages(1000, mean, std);
      const [logits] = await run(recognise(path).program(), [1000, 1, 28, 28], images);
      const ours = accuracy(logits!, labels);
      t.diagnostic(`${(100 * ours).toFixed(1)} % of the first 1000`);
      assert.ok(ours >= expected);
    });
  }

  test("the networks for SVHN and smartphones' sensors, which have no reference, are recognised as well", () => {
    assert.deepEqual(recognise("torch-robust-convex-adversarial/svhn.pth").sampleShape, [3, 32, 32]);
    assert.deepEqual(recognise("torch-robust-convex-adversarial/har.pth").sampleShape, [561]);
    assert.equal(recognise("torch-robust-convex-adversarial/fashion_mnist.pth").source, "family");
  });
});

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const cifar = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };

const networks = [
  ["torch-cifar10-resnet-akamaster/resnet20-12fca82f.th", imageNet, 0.9291],
  ["torch-cifar10-resnet-akamaster/resnet32-d509ac18.th", imageNet, 0.9384],
  ["torch-cifar10-resnet-akamaster/resnet44-014dd654.th", imageNet, 0.9366],
  ["torch-cifar10-drfrankenstein/ResNet20_w1/in0-gn0/110000.pt", cifar, 0.9291],
  ["torch-cifar10-drfrankenstein/ResNet20_w1/in1-gn1/110000.pt", cifar, 0.9384],
  ...[0.875, 0.8787, 0.8918, 0.8713, 0.8862, 0.8899, 0.875, 0.8675].map(
    (expected, i) => [`torch-cifar10-drfrankenstein/Tiny10/in${i}-gn${i}/110000.pt`, cifar, expected] as const,
  ),
] as const;

describe("accuracy on the lossless CIFAR-10 images", { skip: withoutShared }, () => {
  for (const [path, { mean, std }, expected] of networks) {
    test(path, async (t) => {
      const { images, labels, count } = cifarImages(mean, std);
      const [logits] = await run(recognise(path).program(), [count, 3, 32, 32], images);
      const ours = accuracy(logits!, labels);
      t.diagnostic(`${(100 * ours).toFixed(2)} %, on record ${(100 * expected).toFixed(2)} %`);
      // The record has four digits.
      assert.ok(Math.abs(ours - expected) <= 5e-5);
    });
  }
});

describe("plausibility of preprocessing from batch norms", { skip: withoutShared }, () => {
  const choices = usualNormalisations(3);

  async function scores(architecture: Architecture, count: number): Promise<readonly Plausibility[]> {
    const observed = withBatchNormInputs(ready(architecture.program()))!;
    const outputs = observed.program.graph.outputs.map(({ name }) => name);
    const results: Plausibility[] = [];
    for (const { normalisation } of choices) {
      const { images } = cifarImages(normalisation.mean, normalisation.std);
      const values = await runReady(observed.program, [count, 3, 32, 32], images.slice(0, 3072 * count), outputs);
      const observation = new Observation(observed.points);
      observation.add(new Map(outputs.map((name, i) => [name, { data: values[i]! }])), count);
      results.push(plausibility(observation.statistics, observed.points));
    }
    return results;
  }

  test("ResNet-20: the true normalisation is good, none and 0 … 255 are wrong", async (t) => {
    const found = await scores(recognise(networks[0][0]), 512);
    const named = new Map(choices.map(({ name }, i) => [name, found[i]!]));
    for (const [name, { first, all, verdict }] of named) {
      t.diagnostic(`${name}: first batch norm ${first.toFixed(3)}, all ${all.toFixed(3)}, ${verdict}`);
    }
    const of = (name: string): Plausibility => named.get(name)!;
    assert.ok(of("ImageNet").first < 0.06 && of("ImageNet").all < 0.03);
    assert.ok(of("pixels from 0 to 1").first > 0.3 && of("pixels from 0 to 1").all > 0.3);
    assert.ok(of("pixels from −1 to 1").first > 0.3 && of("pixels from −1 to 1").all > 0.1);
    assert.ok(of("pixels from 0 to 255").first > 100 && of("pixels from 0 to 255").all > 100);
    assert.equal(of("ImageNet").verdict, "good");
    assert.equal(of("pixels from 0 to 1").verdict, "wrong");
    // The measure that the table on record gives for all batch norms, over other images.
    assert.ok(Math.abs(of("ImageNet").all - 0.012) < 0.003);
    assert.ok(Math.abs(of("pixels from 0 to 1").all - 0.41) < 0.05);
  });

  for (const [path, , expected] of [networks[0], networks[3], networks[5]!]) {
    test(`${path}: the proposed normalisation costs at most one point`, async (t) => {
      const architecture = recognise(path);
      const proposed = mostPlausible(choices, await scores(architecture, 128));
      assert.ok(proposed);
      const { images, labels, count } = cifarImages(proposed.normalisation.mean, proposed.normalisation.std);
      const [logits] = await run(architecture.program(), [count, 3, 32, 32], images);
      const ours = accuracy(logits!, labels);
      t.diagnostic(`${proposed.name}: ${(100 * ours).toFixed(2)} %, on record ${(100 * expected).toFixed(2)} %`);
      assert.ok(ours >= expected - 0.01);
    });
  }
});
