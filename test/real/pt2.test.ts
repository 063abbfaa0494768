import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { unzipSync, zipSync } from "fflate";
import { fileSource } from "../../src/compute/files.ts";
import { Failure } from "../../src/core/failure.ts";
import { bytesSource } from "../../src/core/formats/byteSource.ts";
import type { Checkpoint } from "../../src/core/formats/checkpoint.ts";
import { readPt2 } from "../../src/core/formats/pt2/reader.ts";
import { moduleNote } from "../../src/core/graph/builder.ts";
import type { Program } from "../../src/core/graph/graph.ts";
import { toFloat64 } from "../../src/core/graph/numbers.ts";
import { asset, checkpointOf, graphOf, numbersOf, ready, runReady, worst } from "./network.ts";
import { withoutShared } from "./shared.ts";

/** Exports of `torch.export.save` against what PyTorch itself answers. */

/** Largest absolute difference from PyTorch's float32 results: sums are taken in another order. */
const tolerance = 1e-4;
const samples = 4;

/** Modules after which the reference values take their representation. */
const networks = {
  kw_mnist: { input: [1, 28, 28], module: "3" },
  akamaster_resnet20: { input: [3, 32, 32], module: "layer2" },
  burn_mnist: { input: [1, 28, 28], module: "fc1" },
} as const;

const exports: readonly { readonly file: string; readonly network: keyof typeof networks | undefined }[] = withoutShared
  ? []
  : ["pt2-selfmade", "crossformat-kw"].flatMap((folder) =>
      readdirSync(asset(folder))
        .filter((name) => name.endsWith(".pt2"))
        .map((name) => ({ file: `${folder}/${name}`, network: networkOf(name) })),
    );

function networkOf(name: string): keyof typeof networks | undefined {
  if (name.includes("resnet20")) return "akamaster_resnet20";
  if (name.includes("burn")) return "burn_mnist";
  return name.includes("kw_mnist") ? "kw_mnist" : undefined;
}

describe("exports of trained networks", { skip: withoutShared }, () => {
  for (const { file, network } of exports) {
    test(file, async (t) => {
      const checkpoint = readPt2(fileSource(asset(file)));
      const program = programOf(checkpoint);
      if (network === undefined) {
        // There are no reference values for it, but PyTorch's own export to ONNX.
        const data = numbersOf("reference-values/kw_mnist.input.f32");
        const both = [program, graphOf("crossformat-kw/kw_fashion.onnx")].map(ready);
        const [ours, theirs] = await Promise.all(both.map((each) => runReady(each, [samples, 1, 28, 28], data)));
        const difference = worst(ours![0]!, theirs![0]!);
        t.diagnostic(`logits ${difference.toExponential(1)} from those of the ONNX export`);
        assert.ok(difference < tolerance);
        return;
      }
      const { input, module } = networks[network];
      const data = numbersOf(`reference-values/${network}.input.f32`);
      const [logits, representation] = await runReady(ready(program), [samples, ...input], data, [
        beforeLogSoftmax(program),
        lastValueOf(program, module),
      ]);
      const differences = {
        logits: worst(logits!, numbersOf(`reference-values/${network}.logits.f32`)),
        rep: worst(representation!, numbersOf(`reference-values/${network}.rep.f32`)),
      };
      t.diagnostic(
        `logits ${differences.logits.toExponential(1)}, after ${module} ${differences.rep.toExponential(1)}`,
      );
      assert.ok(differences.logits < tolerance && differences.rep < tolerance);
      const trains = checkpoint.provenance.notices.some(({ code }) => code === "pt2/training-mode");
      assert.equal(trains, file.includes("TRAINMODE"));
    });
  }

  test("PyTorch 2.1 gave the payloads other names", () => {
    const file = "pt2-selfmade/cifar10_resnet20_torch2.6.0.pt2";
    const members = Object.entries(unzipSync(readFileSync(asset(file))));
    const renamed = members.map(([name, bytes]) => [name.replace(/^(serialized_\w+)\.pt$/, "$1.json"), bytes] as const);
    const old = readPt2(bytesSource("old.pt2", zipSync(Object.fromEntries(renamed), { level: 0 })));
    const { weights } = readPt2(fileSource(asset(file)));
    assert.deepEqual([...old.weights.tensors.keys()], [...weights.tensors.keys()]);
    for (const [name, tensor] of weights.tensors) {
      assert.deepEqual(toFloat64(old.weights.tensors.get(name)!), toFloat64(tensor), name);
    }
    assert.ok(programOf(old).graph.nodes.length > 0);
  });

  test("parameters stand under their own names, in the graph and beside it", () => {
    const checkpoint = readPt2(fileSource(asset("pt2-selfmade/cifar10_resnet20_coreaten_torch2.14.1.pt2")));
    const theirs = checkpointOf("torch-cifar10-resnet-akamaster/resnet20-12fca82f.th").weights.tensors;
    const { initializers } = programOf(checkpoint).graph;
    for (const [name, tensor] of theirs) {
      if (name.endsWith("num_batches_tracked")) continue;
      const ours = checkpoint.weights.tensors.get(name);
      assert.deepEqual(ours?.shape, tensor.shape, name);
      assert.deepEqual(toFloat64(ours ?? tensor), toFloat64(tensor), name);
      assert.deepEqual(toFloat64(initializers.get(name) ?? assert.fail(name)), toFloat64(tensor), name);
    }
  });
});

describe("hostile exports", { skip: withoutShared }, () => {
  const manifest = withoutShared ? "{}" : readFileSync(asset("hostile-made/MANIFEST.json"), "utf8");
  const { files = {} } = JSON.parse(manifest) as { files?: Readonly<Record<string, { readonly expect: string }>> };
  for (const [file, { expect }] of Object.entries(files).filter(([name]) => name.startsWith("pt2_"))) {
    test(file, () => {
      assert.throws(
        () => readPt2(fileSource(asset(`hostile-made/${file}`))),
        (error) => error instanceof Failure && error.code === expect,
      );
    });
  }
});

function programOf({ architecture }: Checkpoint): Program {
  return architecture?.program() ?? assert.fail("it holds no architecture");
}

/** The reference leaves a final `log_softmax` out. */
function beforeLogSoftmax({ graph }: Program): string {
  const answer = graph.outputs[0]?.name ?? "";
  const node = graph.nodes.find(({ outputs }) => outputs.includes(answer));
  return node?.op === "LogSoftmax" ? node.inputs[0]! : answer;
}

/** What a module gives: the value of the last node that belongs to it or to a module within it. */
function lastValueOf({ graph }: Program, module: string): string {
  const node = graph.nodes.findLast(({ metadata }) => `${metadata?.get(moduleNote)}.`.startsWith(`${module}.`));
  return node?.outputs[0] ?? assert.fail(`no node belongs to ${module}`);
}
