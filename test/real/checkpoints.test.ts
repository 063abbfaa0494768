import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { zipSync } from "fflate";
import { writeNpy } from "../../src/core/formats/npy.ts";
import { cifarProbe } from "./cifarProbe.ts";
import { report } from "./likeness.ts";
import { answerOf, apart, reference, tapsOf } from "./references.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** Through the command line: what people have in their folders, run as it lies there. */

const assets = join(sharedFolder() ?? "", "assets");
const folder = mkdtempSync(join(tmpdir(), "likeness-checkpoints-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const tolerance = 1e-4;

/** Containers of one network, each with what its number format costs in the logits. */
const containers: readonly (readonly [file: string, tolerance: number])[] = [
  ...[
    "kw_mnist.state_dict.pt",
    "kw_mnist.state_dict_torch214.pt",
    "kw_mnist.legacy.pth",
    "kw_mnist.whole_module.pt",
    "kw_mnist.safetensors",
    "kw_mnist.script113.pt",
    "kw_mnist.script214.pt",
    "kw_mnist.trace113.pt",
    "kw_mnist.torch2.6.0.pt2",
    "kw_mnist.torch2.14.1.pt2",
    "kw_mnist.onnx",
    "kw_mnist.dynamo214.onnx",
    "kw_mnist.keras",
    "kw_mnist.keras2.h5",
    "kw_mnist.weights.h5",
    "tfjs_mnist",
    "sharded",
  ].map((file) => [file, tolerance] as const),
  ["kw_mnist.fp16.safetensors", 0.02],
  ["kw_mnist.bf16.safetensors", 0.15],
];

/** The same network one step of training later, as trainers write it; the plain state dict is the reference. */
const later = "checkpoint_epoch_3.pt";
const laterContainers: readonly (readonly [file: string, tolerance: number])[] = [
  ["epoch=9-step=1170.ckpt", tolerance],
  ["model_best.pth.tar", tolerance],
  ["ckpt.pt", tolerance],
  ["checkpoint.pt.best", tolerance],
  ["kw_mnist.fp16.pt", 0.02],
  ["kw_mnist.bf16.pt", 0.15],
];

describe("one network in every container", { skip: withoutShared }, () => {
  const of = (file: string): string => join(assets, "crossformat-kw", file);

  for (const [file, allowed] of containers) {
    test(file, async (t) => {
      const { probe, logits } = reference(assets, "kw_mnist", folder);
      const taps = await tapsOf(folder, of(file), probe, "--preprocess", "none");
      const worst = apart([...taps.values()].at(-1), logits);
      t.diagnostic(`logits ${worst.toExponential(1)} apart`);
      assert.ok(worst <= allowed);
    });
  }

  for (const [file, allowed] of laterContainers) {
    test(file, async (t) => {
      const { probe } = reference(assets, "kw_mnist", folder);
      const answers = async (name: string) =>
        [...(await tapsOf(folder, of(name), probe, "--preprocess", "none")).values()].at(-1);
      const worst = apart(await answers(file), (await answers(later)) ?? []);
      t.diagnostic(`logits ${worst.toExponential(1)} apart`);
      assert.ok(worst <= allowed);
    });
  }

  test("any two agree layer by layer", async (t) => {
    const files = containers.map(([file]) => of(file));
    const probe = join(assets, "data-mnist-test/t10k-images-idx3-ubyte.gz");
    const args = ["--probe", probe, "--samples", "64", "--preprocess", "none"];
    const { pairs = [] } = await report("compare", ...files, ...args);
    assert.equal(pairs.length, (files.length * (files.length - 1)) / 2);
    let worst = 1;
    for (const { measures } of pairs) {
      const { rows = [], columns = [], values = [] } = measures["cka.linear.unbiased"] ?? {};
      assert.ok(rows.length > 0 && rows.length === columns.length, `${rows} against ${columns}`);
      for (const [i, row] of values.entries()) worst = Math.min(worst, row[i] ?? -1);
    }
    t.diagnostic(`${pairs.length} pairs, the least alike ${worst}`);
    assert.ok(worst >= 0.9999);
  });
});

/** Networks from bare state dicts, with the layer whose output the references hold. */
const stateDicts = [
  ["akamaster_resnet20", "torch-cifar10-resnet-akamaster/resnet20-12fca82f.th", "layer2"],
  ["drfrankenstein_tiny10_in0", "torch-cifar10-drfrankenstein/Tiny10/in0-gn0/110000.pt", "bn5"],
  ["drfrankenstein_resnet20_in0", "torch-cifar10-drfrankenstein/ResNet20_w1/in0-gn0/110000.pt", "layer3"],
  ["kw_mnist", "torch-robust-convex-adversarial/mnist.pth", "3"],
  ["burn_mnist", "donor-mnist-burn/mnist.pt", "fc1"],
] as const;

describe("bare state dicts", { skip: withoutShared }, () => {
  for (const [name, file, layer] of stateDicts) {
    test(`${name}: logits and the output of ${layer}`, async (t) => {
      const { probe, logits, representation } = reference(assets, name, folder);
      const taps = await tapsOf(folder, join(assets, file), probe, "--preprocess", "none");
      // The reference leaves the final log-softmax out where a network has one.
      const ends = [...taps.values()].slice(-2).map((values) => apart(values, logits));
      const found = [...taps].filter(
        ([tap]) => tap === layer || tap.startsWith(`${layer}.`) || tap.startsWith(`${layer}#`),
      );
      const inner = Math.min(...found.map(([, values]) => apart(values, representation)));
      t.diagnostic(`logits ${Math.min(...ends).toExponential(1)} apart, ${layer} ${inner.toExponential(1)}`);
      assert.ok(Math.min(...ends) <= tolerance && inner <= tolerance);
    });
  }
});

/** Accuracies on the 536 images that were measured with PyTorch, with the preprocessing that training used. */
const accuracies = [
  ["torch-cifar10-resnet-akamaster/resnet20-12fca82f.th", 0.929],
  ["torch-cifar10-resnet-akamaster/resnet32-d509ac18.th", 0.938],
  ["torch-cifar10-resnet-akamaster/resnet44-014dd654.th", 0.937],
  ...[0.875, 0.8787, 0.8918, 0.8713, 0.8862, 0.8899, 0.875, 0.8675].map(
    (accuracy, i) => [`torch-cifar10-drfrankenstein/Tiny10/in${i}-gn${i}/110000.pt`, accuracy] as const,
  ),
  ["torch-cifar10-drfrankenstein/ResNet20_w1/in0-gn0/110000.pt", 0.9291],
  ["torch-cifar10-drfrankenstein/ResNet20_w1/in1-gn1/110000.pt", 0.9384],
] as const;

test("with the preprocessing that is proposed, networks are as accurate as with that of their training", {
  skip: withoutShared,
}, async (t) => {
  const probe = cifarProbe(assets, folder, "as it is");
  for (const [file, known] of accuracies) {
    const path = join(assets, file);
    const { outputs, models } = await report(
      "compare",
      path,
      path,
      "--probe",
      probe,
      "--samples",
      "536",
      "--taps",
      "conv1",
    );
    const accuracy = outputs?.accuracy[0] ?? 0;
    assert.equal(models[0]?.preprocessing.source, "proposal");
    t.diagnostic(`${file}: ${(100 * accuracy).toFixed(1)} %, known ${(100 * known).toFixed(1)} %`);
    assert.ok(accuracy >= known - 0.01, file);
  }
});

/** Hugging Face folders, with inputs and outputs as transformers computed them. */
describe("folders of Hugging Face", { skip: withoutShared }, () => {
  const folders = [
    "bert-cls",
    "distilbert-cls",
    "gpt2-lm",
    "llama-lm",
    "vit-cls",
    "dinov2",
    "resnet-cls",
    "convnext-cls",
  ];
  for (const name of folders) {
    test(name, async (t) => {
      const place = join(assets, "hf-tiny-random", name);
      const { inputs, outputs } = JSON.parse(readFileSync(join(place, "reference.json"), "utf8")) as {
        readonly inputs: Readonly<Record<string, readonly [dtype: string, shape: readonly number[]]>>;
        readonly outputs: Readonly<Record<string, readonly number[]>>;
      };
      const bytes = (what: string): Buffer => readFileSync(join(place, `ref.${what}.bin`));
      const arrays = Object.entries(inputs).map(([input, [dtype, shape]]): [string, Uint8Array] => [
        `${input}.npy`,
        Buffer.concat([writeNpy(dtype.endsWith("int64") ? "int64" : "float32", shape, new Uint8Array()), bytes(input)]),
      ]);
      const tokens = arrays.length > 1;
      const probe = join(folder, `${name}.${tokens ? "npz" : "npy"}`);
      writeFileSync(probe, tokens ? zipSync(Object.fromEntries(arrays)) : (arrays[0]?.[1] ?? ""));
      const answer = await answerOf(folder, place, probe, "--preprocess", "none", ...(tokens ? ["--pool", "all"] : []));
      const [output = ""] = Object.keys(outputs);
      const expected = bytes(output);
      const numbers = new Float32Array(
        expected.buffer.slice(expected.byteOffset, expected.byteOffset + expected.length),
      );
      const worst = apart(answer, numbers);
      t.diagnostic(`${output} ${worst.toExponential(1)} apart`);
      assert.ok(worst <= tolerance);
    });
  }
});
