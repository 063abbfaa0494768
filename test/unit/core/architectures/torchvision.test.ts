import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { recogniseTorchvision } from "../../../../src/core/architectures/torchvision/recogniseTorchvision.ts";
import { Failure } from "../../../../src/core/failure.ts";
import type { WeightSet } from "../../../../src/core/formats/checkpoint.ts";
import { listTaps } from "../../../../src/core/graph/taps.ts";
import { byteLength } from "../../../../src/core/graph/tensor.ts";

type Shapes = Record<string, readonly number[]>;

/** Zeros: programs know small constants by their elements. Recognition itself must read nothing. */
function weightSet(shapes: Shapes, isReadable = true): WeightSet {
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const bytes = () =>
      isReadable ? new Uint8Array(byteLength({ dtype: "float32", shape })) : assert.fail(`${name} was read`);
    return [name, { dtype: "float32", shape, bytes }] as const;
  });
  return { tensors: new Map(tensors), inModuleOrder: true };
}

const norm = (path: string, width: number): Shapes => ({
  [`${path}.weight`]: [width],
  [`${path}.bias`]: [width],
  [`${path}.running_mean`]: [width],
  [`${path}.running_var`]: [width],
  [`${path}.num_batches_tracked`]: [],
});

const linear = (path: string, out: number, features: number): Shapes => ({
  [`${path}.weight`]: [out, features],
  [`${path}.bias`]: [out],
});

/** A ResNet of basic blocks. */
function resnet(depths: readonly number[], classes = 1000, channels = 3): Shapes {
  const shapes: Shapes = { "conv1.weight": [64, channels, 7, 7], ...norm("bn1", 64), ...linear("fc", classes, 512) };
  let before = 64;
  for (const [stage, depth] of depths.entries()) {
    const width = 64 * 2 ** stage;
    for (let i = 0; i < depth; i++, before = width) {
      const path = `layer${stage + 1}.${i}`;
      Object.assign(shapes, { [`${path}.conv1.weight`]: [width, before, 3, 3] }, norm(`${path}.bn1`, width));
      Object.assign(shapes, { [`${path}.conv2.weight`]: [width, width, 3, 3] }, norm(`${path}.bn2`, width));
      if (before === width) continue;
      Object.assign(
        shapes,
        { [`${path}.downsample.0.weight`]: [width, before, 1, 1] },
        norm(`${path}.downsample.1`, width),
      );
    }
  }
  return shapes;
}

/** VGG-11. */
function vgg11(): Shapes {
  const shapes: Shapes = {};
  const widths = [64, 128, 256, 256, 512, 512, 512, 512];
  for (const [i, index] of [0, 3, 6, 8, 11, 13, 16, 18].entries()) {
    Object.assign(shapes, { [`features.${index}.weight`]: [widths[i]!, widths[i - 1] ?? 3, 3, 3] });
    Object.assign(shapes, { [`features.${index}.bias`]: [widths[i]!] });
  }
  Object.assign(shapes, linear("classifier.0", 4096, 512 * 49), linear("classifier.3", 4096, 4096));
  return { ...shapes, ...linear("classifier.6", 10, 4096) };
}

/** A Vision Transformer for images of 4 × 4 patches. */
function transformer(depth: number, width: number, patch: number): Shapes {
  const shapes: Shapes = {
    class_token: [1, 1, width],
    "conv_proj.weight": [width, 3, patch, patch],
    "conv_proj.bias": [width],
    "encoder.pos_embedding": [1, 17, width],
  };
  for (let i = 0; i < depth; i++) {
    const path = `encoder.layers.encoder_layer_${i}`;
    for (const each of ["ln_1", "ln_2"]) {
      Object.assign(shapes, { [`${path}.${each}.weight`]: [width], [`${path}.${each}.bias`]: [width] });
    }
    shapes[`${path}.self_attention.in_proj_weight`] = [3 * width, width];
    shapes[`${path}.self_attention.in_proj_bias`] = [3 * width];
    Object.assign(shapes, linear(`${path}.self_attention.out_proj`, width, width));
    Object.assign(
      shapes,
      linear(`${path}.mlp.linear_1`, 4 * width, width),
      linear(`${path}.mlp.linear_2`, width, 4 * width),
    );
  }
  return { ...shapes, "encoder.ln.weight": [width], "encoder.ln.bias": [width], ...linear("heads.head", 10, width) };
}

const nameOf = (shapes: Shapes) => recogniseTorchvision(weightSet(shapes, false))?.name;

function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return assert.fail("nothing was refused");
}

describe("torchvision's networks", () => {
  test("are told by names and shapes, whatever the classes and the image's channels", () => {
    assert.equal(nameOf(resnet([2, 2, 2, 2])), "resnet18 (torchvision)");
    assert.equal(nameOf(resnet([3, 4, 6, 3], 10, 1)), "resnet34 (torchvision)");
    assert.equal(nameOf(vgg11()), "vgg11 (torchvision)");
    assert.equal(nameOf(transformer(12, 768, 32)), "vit_b_32 (torchvision)");
  });

  test("of other sizes are described", () => {
    assert.equal(nameOf(resnet([1, 1, 2, 1])), "ResNet of 1-1-2-1 basic blocks (torchvision)");
    assert.match(nameOf(transformer(2, 128, 8)) ?? "", /^VisionTransformer of 2 layers, 128 wide, patches of 8/);
  });

  test("have exactly the parameters that there are", () => {
    const shapes = resnet([2, 2, 2, 2]);
    for (const name of Object.keys(shapes)) {
      const { [name]: _, ...others } = shapes;
      const isCounter = name.endsWith("num_batches_tracked");
      assert.equal(nameOf(others), isCounter ? "resnet18 (torchvision)" : undefined, name);
    }
    assert.equal(nameOf({ ...shapes, "layer1.0.bn3.weight": [64] }), undefined);
    assert.equal(nameOf({ ...shapes, "layer2.1.conv2.weight": [128, 128, 1, 1] }), undefined);
  });

  test("that are none of them are refused, however strange the shapes", () => {
    assert.equal(nameOf({}), undefined);
    const strange = [[], [0], [0, 0, 0, 0], [64, 3, 7, 6], [2 ** 40, 2 ** 10], [1, 2, 3, 4, 5]];
    for (const shapes of [resnet([1, 1, 1, 1]), vgg11(), transformer(1, 64, 8)]) {
      for (const name of Object.keys(shapes)) {
        if (/num_batches_tracked|running_mean|downsample/.test(name)) continue;
        for (const shape of strange) {
          const found = nameOf({ ...shapes, [name]: shape });
          assert.ok(found === undefined || String(shapes[name]) === String(shape), `${name} of [${shape}]: ${found}`);
        }
      }
    }
  });

  test("name their taps as forward hooks do", () => {
    const architecture = recogniseTorchvision(weightSet(resnet([1, 1, 1, 1], 10)));
    assert.deepEqual(architecture?.sampleShape, [3, "height", "width"]);
    const taps = listTaps(architecture.program([3, 64, 64]), "input", [3, 64, 64]).map(({ name }) => name);
    assert.deepEqual(taps.slice(0, 4), ["conv1", "bn1", "relu", "maxpool"]);
    const block = ["conv1", "bn1", "relu", "conv2", "bn2", "downsample.0", "downsample.1", "Add", "relu#2"];
    assert.deepEqual(
      taps.filter((name) => name.startsWith("layer2.0")),
      block.map((name) => `layer2.0.${name}`),
    );
    assert.deepEqual(taps.slice(-2), ["avgpool", "fc"]);
    const attention = recogniseTorchvision(weightSet(transformer(1, 64, 8)))?.program();
    assert.ok(attention);
    const names = listTaps(attention, "input", [3, 32, 32]).map(({ name }) => name);
    for (const name of ["conv_proj", "encoder.layers.encoder_layer_0.self_attention", "encoder.ln", "heads.head"]) {
      assert.ok(names.includes(name), `${name} among ${names}`);
    }
  });

  test("say what samples they take", () => {
    const fixed = recogniseTorchvision(weightSet(transformer(1, 64, 8)));
    assert.deepEqual(fixed?.sampleShape, [3, 32, 32]);
    assert.match(fixed.evidence, /1 heads/);
    assert.deepEqual(fixed.program().graph.inputs[0]?.shape, ["batch", 3, 32, 32]);
    assert.equal(failureOf(() => fixed.program([3, 40, 40])).code, "architecture/sample-shape");
    const free = recogniseTorchvision(weightSet(vgg11()));
    assert.equal(failureOf(() => free?.program([1, 224, 224])).code, "architecture/sample-shape");
    const small = failureOf(() => free?.program([3, 16, 16]));
    assert.equal(small.code, "architecture/sample-shape");
    assert.match(small.message, /^vgg11 cannot take samples of 3 × 16 × 16/);
  });
});
