import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { onnxRuntime } from "../../src/compute/backends/onnxRuntime.ts";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { recogniseCifar } from "../../src/core/architectures/cifar/recogniseCifar.ts";
import { recogniseSequential } from "../../src/core/architectures/sequential/recogniseSequential.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import type { GradientProfile } from "../../src/core/graph/gradient/profile.ts";
import { withGradient } from "../../src/core/graph/gradient/withGradient.ts";
import { makeNode, type Program } from "../../src/core/graph/graph.ts";
import { listTaps } from "../../src/core/graph/taps.ts";
import { int64Tensor } from "../../src/core/graph/tensor.ts";
import { checkpointOf, numbersOf, ready, runReady } from "./network.ts";
import { withoutShared } from "./shared.ts";

/** Gradients of whole networks with respect to their input, against PyTorch's. */

/** Reference values, the network's weights, the tap's name, one sample's shape. */
const references = [
  ["akamaster_resnet20", "torch-cifar10-resnet-akamaster/resnet20-12fca82f.th", "layer2.2", [3, 32, 32]],
  ["drfrankenstein_tiny10_in0", "torch-cifar10-drfrankenstein/Tiny10/in0-gn0/110000.pt", "bn5", [3, 32, 32]],
  [
    "drfrankenstein_resnet20_in0",
    "torch-cifar10-drfrankenstein/ResNet20_w1/in0-gn0/110000.pt",
    "layer3.2",
    [3, 32, 32],
  ],
  ["kw_mnist", "torch-robust-convex-adversarial/mnist.pth", "3", [1, 28, 28]],
  ["burn_mnist", "donor-mnist-burn/mnist.pt", "fc1", [1, 28, 28]],
] as const;

/** How far a gradient may be from PyTorch's, relative to its length. */
const tolerance = 1e-4;

/**
 * Where a value before a rectifier is so near to 0 that float32 decides about its sign (4e-8 in the second layer of this
 * one): what PyTorch's own gradient in float32 is away from its gradient in float64.
 */
const ownErrors: ReadonlyMap<string, number> = new Map([["drfrankenstein_tiny10_in0", 4.17e-3]]);

/** The program with Σ ‖rep − target‖ / ‖target‖ per sample for its only output, the target an input of its own. */
function withResidual(program: Program, value: string, rank: number): { program: Program; loss: string } {
  const norm = (from: string, to: string) => makeNode("ReduceL2", [from, "axes"], [to], {});
  const nodes = [
    makeNode("Sub", [value, "target"], ["difference"]),
    norm("difference", "distance"),
    norm("target", "length"),
    makeNode("Div", ["distance", "length"], ["loss"]),
  ];
  const axes = int64Tensor(
    [rank - 1],
    Array.from({ length: rank - 1 }, (_, i) => i + 1),
  );
  const { graph } = program;
  return {
    program: {
      ...program,
      graph: {
        ...graph,
        inputs: [...graph.inputs, { name: "target", dtype: "float32", shape: undefined }],
        outputs: [{ name: "loss", dtype: "float32", shape: undefined }],
        nodes: [...graph.nodes, ...nodes],
        initializers: new Map([...graph.initializers, ["axes", axes]]),
      },
    },
    loss: "loss",
  };
}

/** ‖a − b‖ / ‖b‖. */
function relativeError(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  assert.equal(a.length, b.length);
  let [off, size] = [0, 0];
  for (const [i, value] of b.entries()) {
    off += (a[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(off / size);
}

/** Networks of torchvision with random weights, and whether they have kinks: rectifiers, maxima, limits. */
const torchvisionNetworks = [
  ["resnet18", "kinked"],
  ["vgg11_bn", "kinked"],
  ["densenet121", "kinked"],
  ["mobilenet_v3_small", "kinked"],
  ["googlenet", "kinked"],
  ["efficientnet_b0", "smooth"],
  ["convnext_tiny", "smooth"],
  ["vit_b_16", "smooth"],
] as const;

const python = "/usr/bin/python3";
const withoutTorch =
  spawnSync(python, ["-c", "import torchvision"]).status === 0 ? false : "not run: there is no torchvision";

describe("gradients with respect to the input, torchvision's networks", { skip: withoutTorch }, () => {
  const folder = mkdtempSync(join(tmpdir(), "likeness-gradients-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(import.meta.dirname, "models/torchvision_gradients.py");

  for (const [name, kind] of torchvisionNetworks) {
    test(name, async (t) => {
      const written = spawnSync(python, [script, folder, name], { encoding: "utf8" });
      assert.match(written.stdout, /: written/, written.stdout + written.stderr);
      const bytes = (what: string) => Uint8Array.from(readFileSync(join(folder, `${name}.${what}`))).buffer;
      const [float32, float64] = ["float32", "float64"].map((what) => new Float64Array(bytes(`${what}.f64`)));
      const images = new Float32Array(bytes("input.f32"));
      const seed = new Float32Array(bytes("seed.f32"));
      const path = join(folder, `${name}.onnx`);
      const network = ready(readOnnx(fileSource(path), siblingFiles(folder)));
      const [count, side] = [seed.length / 1000, Math.sqrt(images.length / (seed.length / 1000) / 3)];
      const own = relativeError(float32!, float64!);
      for (const profile of ["cpu", "webgpu"] as const) {
        const { program, gradients } = withGradient(network, {
          seeds: new Map([["logits", "seed"]]),
          withRespectTo: ["input"],
          profile,
          shapes: new Map([["input", ["batch", 3, side, side]]]),
        });
        const session = await onnxRuntime("auto", 1).load(program);
        const feeds = new Map([
          ["input", { shape: [count, 3, side, side], data: images }],
          ["seed", { shape: [count, 1000], data: seed }],
        ]);
        const results = await session.run(feeds);
        await session.release();
        const error = relativeError(results.get(gradients.get("input")!)!.data as Float32Array, float64!);
        t.diagnostic(`${profile}: ${error.toExponential(1)} from float64; PyTorch's float32 ${own.toExponential(1)}`);
        assert.ok(error <= (kind === "smooth" ? 1e-5 : 3 * own));
      }
      rmSync(path);
    });
  }
});

describe("gradients of the residual with respect to the input, five networks", { skip: withoutShared }, () => {
  for (const [reference, path, tap, sample] of references) {
    test(path, async (t) => {
      const { weights, provenance } = checkpointOf(path);
      const found = recogniseCifar(weights) ?? recogniseSequential(weights, provenance.modules);
      assert.ok(found, `${path} is not recognised`);
      const network = ready(found.program());
      const input = network.graph.inputs[0]!.name;
      const place = listTaps(network, input, [...sample]).find(({ name }) => name === tap);
      assert.ok(place);
      const values = (what: string) => numbersOf(`reference-values/${reference}.${what}.f32`);
      const images = { shape: [4, ...sample], data: values("input") };
      const [target] = await runReady(network, images.shape, values("target"), [place.value]);
      const { program, loss } = withResidual(network, place.value, place.shape.length);
      const repShape = [4, ...place.shape.slice(1).map(Number)];
      for (const profile of ["cpu", "webgpu"] as readonly GradientProfile[]) {
        const { program: both, gradients } = withGradient(program, {
          seeds: new Map([[loss, undefined]]),
          withRespectTo: [input],
          profile,
          shapes: new Map([
            [input, ["batch", ...sample]],
            ["target", ["batch", ...repShape.slice(1)]],
          ]),
        });
        const session = await onnxRuntime("auto", 1).load(both);
        const feeds = new Map([
          [input, images],
          ["target", { shape: repShape, data: Float32Array.from(target!) }],
        ]);
        const results = await session.run(feeds);
        await session.release();
        const error = relativeError(results.get(gradients.get(input)!)!.data as Float32Array, values("grad"));
        const losses = relativeError(results.get(loss)!.data as Float32Array, values("loss"));
        t.diagnostic(`${profile}: gradient ${error.toExponential(1)}, loss ${losses.toExponential(1)}`);
        assert.ok(error <= Math.max(tolerance, 3 * (ownErrors.get(reference) ?? 0)) && losses <= tolerance);
      }
    });
  }
});
