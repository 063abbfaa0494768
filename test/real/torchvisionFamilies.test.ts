import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { onnxRuntime } from "../../src/compute/backends/onnxRuntime.ts";
import { fileSource } from "../../src/compute/files.ts";
import { recogniseTorchvision } from "../../src/core/architectures/torchvision/recogniseTorchvision.ts";
import type { WeightSet } from "../../src/core/formats/checkpoint.ts";
import { toFloat32 } from "../../src/core/graph/numbers.ts";
import { elementCount, type Tensor } from "../../src/core/graph/tensor.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/**
 * All of torchvision's classification networks against torchvision itself, with random weights. The largest are recognised,
 * not run: a smaller one of the same code is. `FAMILIES=resnet18,swin_t` runs these alone.
 */

const python = "/usr/bin/python3";
const script = resolve(import.meta.dirname, "../fixtures/families/torchvisionNetworks.py");
const cache = resolve(import.meta.dirname, "../.cache/families");

/** Parameters of the largest network that is run; LIKENESS_WHOLE=1 runs those of VGG and ViT, too. */
const largest = process.env.LIKENESS_WHOLE === "1" ? 150e6 : 35e6;

/** Greatest difference of a logit, relative to the greatest logit. */
const tolerance = 1e-4;

/** Images that a network cannot do without, or whole windows; the others get small ones, neither square nor whole windows. */
const sizes: readonly (readonly [RegExp, readonly [number, number]])[] = [
  [/^(vit|maxvit)_/, [224, 224]],
  [/^swin_s$/, [224, 224]],
  [/^swin_v2_s$/, [256, 256]],
  [/^inception_v3$/, [107, 99]],
  [/./, [72, 64]],
];

/** Answers of the script, one request at a time. */
class Torchvision {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#process = spawn(python, [script], { stdio: "pipe" });
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async ask(request: string): Promise<unknown> {
    this.#process.stdin.write(`${request}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the script ended at: ${request}`);
    return JSON.parse(value) as unknown;
  }

  end(): void {
    this.#process.stdin.end();
  }
}

/** Tensors of the script's file, left where they are. */
function openTensors(path: string): Map<string, Tensor> {
  const source = fileSource(path);
  const start = 8 + Number(new DataView(source.read(0, 8).slice().buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(source.read(8, start - 8))) as Record<
    string,
    { dtype: "F32" | "I64"; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = Object.entries(header).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]): [string, Tensor] => [
      name,
      {
        dtype: dtype === "F32" ? "float32" : "int64",
        shape,
        bytes: () => source.read(start + from, to - from).slice(),
        stored: { source, offset: start + from },
      },
    ],
  );
  return new Map(tensors);
}

function withoutValues(shapes: readonly (readonly [string, readonly number[]])[]): WeightSet {
  const tensors = shapes.map(([name, shape]): [string, Tensor] => [
    name,
    {
      dtype: name.endsWith("_index") || name.endsWith("num_batches_tracked") ? "int64" : "float32",
      shape,
      bytes: () => assert.fail(`${name} was read`),
    },
  ]);
  return { tensors: new Map(tensors), inModuleOrder: true };
}

/** As the fingerprints of torchvision 0.27 were made: `key:(2, 3)` of each tensor, sorted by key, one to a line. */
function fingerprint(shapes: readonly (readonly [string, readonly number[]])[]): string {
  const lines = shapes
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, shape]) => `${name}:(${shape.join(", ")}${shape.length === 1 ? "," : ""})`);
  return createHash("sha1").update(lines.join("\n")).digest("hex").slice(0, 16);
}

const missing =
  spawnSync(python, ["-c", "import torchvision; torchvision.models.list_models"]).status === 0
    ? false
    : "not run: torchvision is not here";

describe("torchvision's networks", { skip: missing }, () => {
  let torchvision: Torchvision;
  let names: readonly string[] = [];
  const parameters = new Map<string, number>();

  before(async () => {
    mkdirSync(cache, { recursive: true });
    torchvision = new Torchvision();
    names = (await torchvision.ask("names")) as string[];
    const chosen = process.env.FAMILIES?.split(",");
    if (chosen) names = names.filter((name) => chosen.includes(name));
  });
  after(() => torchvision?.end());

  test("they are what torchvision 0.27 has, too", { skip: withoutShared }, async () => {
    const file = join(sharedFolder() ?? "", "assets/families/torchvision_0.27_fingerprints.json");
    const newer = JSON.parse(readFileSync(file, "utf8")) as Record<string, { readonly full: string }>;
    assert.equal(new Set(Object.values(newer).map(({ full }) => full)).size, 80);
    for (const name of names) {
      const shapes = (await torchvision.ask(`shapes ${name}`)) as [string, number[]][];
      assert.equal(fingerprint(shapes), newer[name]?.full, name);
    }
  });

  test("each is recognised by names and shapes, as itself, with the counters of its batch norms and without", async (t) => {
    let slowest = 0;
    for (const name of names) {
      const shapes = (await torchvision.ask(`shapes ${name}`)) as [string, number[]][];
      parameters.set(
        name,
        shapes.reduce((sum, [, shape]) => sum + elementCount(shape), 0),
      );
      const began = performance.now();
      assert.equal(recogniseTorchvision(withoutValues(shapes))?.name, `${name} (torchvision)`);
      slowest = Math.max(slowest, performance.now() - began);
      const uncounted = shapes.filter(([key]) => !key.endsWith("num_batches_tracked"));
      assert.equal(recogniseTorchvision(withoutValues(uncounted))?.name, `${name} (torchvision)`);
      assert.equal(recogniseTorchvision(withoutValues(shapes.slice(1))), undefined, `${name} without ${shapes[0]}`);
      assert.equal(recogniseTorchvision(withoutValues([...shapes, ["extra.weight", [1]]])), undefined, name);
    }
    t.diagnostic(`${names.length} networks, the slowest in ${slowest.toFixed(0)} ms`);
  });

  test(`their logits agree within ${tolerance} of the greatest`, async (t) => {
    const backend = onnxRuntime("cpu", 1);
    for (const name of names) {
      if ((parameters.get(name) ?? 0) > largest) {
        t.diagnostic(`${name}: ${((parameters.get(name) ?? 0) / 1e6).toFixed(0)} million parameters, recognised only`);
        continue;
      }
      const [height, width] = sizes.find(([pattern]) => pattern.test(name))![1];
      const file = join(cache, `${name}.safetensors`);
      try {
        await torchvision.ask(`run ${name} ${file} ${height} ${width}`);
        const tensors = openTensors(file);
        const [images, logits] = ["test.input", "test.logits"].map((key) => tensors.get(key)!) as [Tensor, Tensor];
        for (const key of ["test.input", "test.logits"]) tensors.delete(key);
        const architecture = recogniseTorchvision({ tensors, inModuleOrder: true });
        assert.equal(architecture?.name, `${name} (torchvision)`);
        const began = performance.now();
        const session = await backend.load(architecture.program([3, height, width]));
        const feed = { shape: images.shape, data: toFloat32(images) };
        const [result] = (await session.run(new Map([["input", feed]]))).values();
        const took = performance.now() - began;
        await session.release();
        const expected = toFloat32(logits);
        assert.deepEqual(result?.shape, logits.shape);
        const greatest = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
        const worst = expected.reduce((most, each, i) => Math.max(most, Math.abs(each - Number(result.data[i]))), 0);
        t.diagnostic(
          `${name}: ${(worst / greatest).toExponential(1)} of ${greatest.toPrecision(3)}, ${took.toFixed(0)} ms`,
        );
        assert.ok(worst <= tolerance * greatest, `${name}: ${worst} of ${greatest}`);
      } finally {
        rmSync(file, { force: true });
      }
    }
  });
});
