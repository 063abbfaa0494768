import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileSource } from "../../src/compute/files.ts";
import { bindToDonor, verifyDonor } from "../../src/core/architectures/donor/bind.ts";
import { Failure } from "../../src/core/failure.ts";
import { readPt2 } from "../../src/core/formats/pt2/reader.ts";
import { readTorchScript } from "../../src/core/formats/torchscript/reader.ts";
import { asset, checkpointOf, graphOf, numbersOf, perturbed, run, worst } from "./network.ts";
import { withoutShared } from "./shared.ts";

/** Bare weights in the graphs of other files, against PyTorch's numbers and against the donors' own. */

const tolerance = 1e-4;
const donorsOfResNet20 = [
  "dynamo_2.14.1_unoptimized",
  "dynamo_2.14.1_optimized_external",
  "ts_1.13.0_preserve_unfused",
  "ts_1.13.0_eval_fused",
  "ts_1.13.0_eval_fixedbatch2",
  "ts_2.6.0_eval_fused",
  "ts_2.14.1_eval_fused",
] as const;

const summary = (classes: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(classes)
    .filter(([, names]) => names.length > 0)
    .map(([name, names]) => `${names.length} ${name}`)
    .join(", ");

describe("ResNet-20 of akamaster in the graphs of seven exports", { skip: withoutShared }, () => {
  const checkpoint = () => checkpointOf("torch-cifar10-resnet-akamaster/resnet20-12fca82f.th").weights;
  const shape = [4, 3, 32, 32];
  const input = () => numbersOf("reference-values/akamaster_resnet20.input.f32");
  const logits = () => numbersOf("reference-values/akamaster_resnet20.logits.f32");

  for (const name of donorsOfResNet20) {
    test(`${name}: PyTorch's logits`, async (t) => {
      const donor = graphOf(`donor-resnet20-exports/${name}.onnx`);
      const { program, classes } = bindToDonor(donor, checkpoint(), name);
      const [ours] = await run(program, shape, input());
      const off = worst(ours!, logits());
      t.diagnostic(`${summary(classes)}; worst |ours − PyTorch| = ${off.toExponential(1)}`);
      assert.ok(off <= tolerance);
      assert.equal(classes.fused.length, /unoptimized|unfused/.test(name) ? 0 : 95);
    });
  }

  test("other weights give the same numbers in every donor, and not the first ones", async (t) => {
    const outputs: Float32Array[] = [];
    for (const name of donorsOfResNet20) {
      const donor = graphOf(`donor-resnet20-exports/${name}.onnx`);
      const [ours] = await run(bindToDonor(donor, perturbed(checkpoint()), name).program, shape, input());
      outputs.push(ours!);
    }
    const [unfused] = outputs;
    const off = Math.max(...outputs.map((each) => worst(each, unfused!)));
    t.diagnostic(`worst difference between donors ${off.toExponential(1)}`);
    assert.ok(off <= tolerance);
    assert.ok(worst(unfused!, logits()) > 1);
  });

  test("the optimised dynamo export keeps names and shapes, and the raw weights are not bound to it", async () => {
    const weights = checkpoint();
    const donor = graphOf("donor-resnet20-exports/dynamo_2.14.1_optimized_external.onnx");
    const name = "layer1.0.conv1.weight";
    assert.deepEqual(donor.graph.initializers.get(name)?.shape, weights.tensors.get(name)?.shape);
    const initializers = new Map(donor.graph.initializers);
    for (const key of initializers.keys()) initializers.set(key, weights.tensors.get(key) ?? initializers.get(key)!);
    const [naive] = await run({ ...donor, graph: { ...donor.graph, initializers } }, shape, input());
    assert.ok(worst(naive!, logits()) > 1, "the naive binding is wrong");
    const { program } = bindToDonor(donor, weights, "dynamo");
    assert.notDeepEqual(program.graph.initializers.get(name)?.bytes(), weights.tensors.get(name)?.bytes());
    const withoutNorms = [...weights.tensors].filter(([key]) => !/bn\d\./.test(key));
    const halves = { ...weights, tensors: new Map(withoutNorms) };
    assert.throws(
      () => bindToDonor(donor, halves, "dynamo"),
      (error) => error instanceof Failure && error.code === "architecture/donor-mismatch",
    );
  });

  test("the checkpoint is proven to be the donors' own; another is not", (t) => {
    for (const name of donorsOfResNet20) {
      const donor = graphOf(`donor-resnet20-exports/${name}.onnx`);
      const { proven, worst: off, parameters } = verifyDonor(donor, checkpoint(), name);
      t.diagnostic(`${name}: ${parameters} parameters within ${off.toExponential(1)}`);
      assert.ok(proven);
      assert.equal(verifyDonor(donor, perturbed(checkpoint()), name).proven, false);
    }
  });

  test("networks of another depth or family are refused with what differs", (t) => {
    for (const other of [
      "torch-cifar10-resnet-akamaster/resnet32-d509ac18.th",
      "torch-cifar10-drfrankenstein/ResNet20_w1/in0-gn0/110000.pt",
      "torch-cifar10-drfrankenstein/Tiny10/in0-gn0/110000.pt",
    ]) {
      for (const name of donorsOfResNet20) {
        assert.throws(
          () => bindToDonor(graphOf(`donor-resnet20-exports/${name}.onnx`), checkpointOf(other).weights, name),
          (error) => {
            assert.ok(error instanceof Failure && error.code === "architecture/donor-mismatch");
            if (name === donorsOfResNet20[0]) t.diagnostic(error.message);
            return /Re-export the donor unfused/.test(error.hint ?? "");
          },
        );
      }
    }
  });
});

describe("ResNet-20 of akamaster in graphs that are no ONNX", { skip: withoutShared }, () => {
  for (const path of [
    "pt2-selfmade/cifar10_resnet20_torch2.6.0.pt2",
    "pt2-selfmade/cifar10_resnet20_torch2.14.1.pt2",
    "pt2-selfmade/cifar10_resnet20_coreaten_torch2.6.0.pt2",
    "pt2-selfmade/cifar10_resnet20_coreaten_torch2.14.1.pt2",
    "donor-resnet20-exports/traced_1.13.0.ts.pt",
  ]) {
    test(`${path}: PyTorch's logits`, async (t) => {
      const source = fileSource(asset(path));
      const { architecture } = path.endsWith(".pt2") ? readPt2(source) : readTorchScript(source);
      const { weights } = checkpointOf("torch-cifar10-resnet-akamaster/resnet20-12fca82f.th");
      const donor = architecture!.program([3, 32, 32]);
      const { program, classes } = bindToDonor(donor, weights, path);
      const input = numbersOf("reference-values/akamaster_resnet20.input.f32");
      const [ours] = await run(program, [4, 3, 32, 32], input);
      const off = worst(ours!, numbersOf("reference-values/akamaster_resnet20.logits.f32"));
      t.diagnostic(`${summary(classes)}; worst |ours − PyTorch| = ${off.toExponential(1)}`);
      assert.ok(off <= tolerance);
      const [other] = await run(bindToDonor(donor, perturbed(weights), path).program, [4, 3, 32, 32], input);
      assert.ok(worst(other!, ours!) > 1, "other weights give other numbers");
    });
  }
});

describe("donors and the checkpoints they were exported from", { skip: withoutShared }, () => {
  for (const [donorPath, weightsPath, shape] of [
    ["donor-ultraface/version-RFB-320", "donor-ultraface/version-RFB-320.pth", [1, 3, 240, 320]],
    ["donor-ultraface/version-RFB-320_without_postprocessing", "donor-ultraface/version-RFB-320.pth", [1, 3, 240, 320]],
    ["donor-ultraface/version-slim-320", "donor-ultraface/version-slim-320.pth", [1, 3, 240, 320]],
    ["donor-yunet/yunet_s_dynamic", "donor-yunet/yunet_s.pth", [1, 3, 320, 320]],
    ["donor-yunet/yunet_s_320_320", "donor-yunet/yunet_s.pth", [1, 3, 320, 320]],
    ["donor-cifar10-resnet-robust/resnet_2b", "donor-cifar10-resnet-robust/resnet_2b.model_best.pth", [1, 3, 32, 32]],
    ["donor-cifar10-resnet-robust/resnet_4b", "donor-cifar10-resnet-robust/resnet_4b.model_best.pth", [1, 3, 32, 32]],
    [
      "torch-cifar10-drfrankenstein/exported/tiny10_seed3",
      "torch-cifar10-drfrankenstein/Tiny10/in3-gn3/110000.pt",
      [1, 3, 32, 32],
    ],
    ["crossformat-kw/kw_mnist.dynamo214", "crossformat-kw/kw_mnist.safetensors", [1, 1, 28, 28]],
  ] as const) {
    test(`${donorPath}: the donor's own outputs`, async (t) => {
      const donor = graphOf(`${donorPath}.onnx`);
      const { weights } = checkpointOf(weightsPath);
      const { program, classes } = bindToDonor(donor, weights, donorPath);
      const pixels = shape.reduce<number>((product, size) => product * size, 1);
      const image = Float32Array.from({ length: pixels }, (_, i) => Math.sin(i) ** 2);
      const [theirs, ours] = [await run(donor, shape, image), await run(program, shape, image)];
      const off = Math.max(...ours.map((each, i) => worst(each, theirs[i]!)));
      t.diagnostic(`${summary(classes)}; worst |ours − the donor's| = ${off.toExponential(1)}`);
      assert.ok(off <= tolerance);
      assert.ok(verifyDonor(donor, weights, donorPath).proven);
    });
  }

  test("what was found by value holds for the weights of another epoch", async (t) => {
    const donor = graphOf("donor-yunet/yunet_s_320_320.onnx");
    const { weights } = checkpointOf("donor-yunet/yunet_s.pth");
    const other = perturbed(weights);
    assert.throws(() => bindToDonor(donor, other, "yunet"), /These weights do not fit yunet/);
    const { classes } = bindToDonor(donor, other, "yunet", { own: weights });
    t.diagnostic(summary(classes));
    assert.equal(classes.fused.length, 90);
  });
});

test("one architecture without trained weights, for the checkpoints of eight seeds", {
  skip: withoutShared,
}, async (t) => {
  const donor = graphOf("torch-cifar10-drfrankenstein/exported/tiny10_architecture.onnx");
  const { weights } = checkpointOf("torch-cifar10-drfrankenstein/Tiny10/in0-gn0/110000.pt");
  const { program } = bindToDonor(donor, weights, "tiny10_architecture.onnx");
  const input = numbersOf("reference-values/drfrankenstein_tiny10_in0.input.f32");
  const [ours] = await run(program, [4, 3, 32, 32], input);
  const off = worst(ours!, numbersOf("reference-values/drfrankenstein_tiny10_in0.logits.f32"));
  t.diagnostic(`worst |ours − PyTorch| = ${off.toExponential(1)}`);
  assert.ok(off <= tolerance);
});
