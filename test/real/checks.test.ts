import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { BackgroundJob } from "../../src/compute/job.ts";
import { check } from "../../src/compute/jobs/check.ts";
import { diff } from "../../src/compute/jobs/diff.ts";
import type { Finding } from "../../src/core/report/report.ts";
import type { CheckParams } from "../../src/protocol/compute.ts";
import { cifarProbe } from "./cifarProbe.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** Real networks: what was trained has no fault, what is known to have one is told so. */

const { signal } = new AbortController();
const job: BackgroundJob = { signal, report: () => {}, giveWay: async () => {}, inTurn: (work) => work() };

async function findings(paths: readonly string[], more: Partial<CheckParams> = {}): Promise<readonly Finding[]> {
  return (await check({ models: paths.map((path) => ({ path })), progress: "", ...more }, job)).findings;
}

describe("checks of real networks", { skip: withoutShared }, () => {
  const assets = join(sharedFolder() ?? "", "assets");
  const folder = mkdtempSync(join(tmpdir(), "likeness-probe-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const crossformat = (name: string): string => join(assets, "crossformat-kw", name);
  const resnet20 = join(assets, "torch-cifar10-resnet-akamaster/resnet20-12fca82f.th");

  test("trained networks have no fault", async (t) => {
    const trained = [
      ...["resnet20-12fca82f", "resnet32-d509ac18", "resnet44-014dd654"].map((name) =>
        join(assets, `torch-cifar10-resnet-akamaster/${name}.th`),
      ),
      ...[0, 1, 2].map((seed) => join(assets, `torch-cifar10-drfrankenstein/Tiny10/in${seed}-gn${seed}/110000.pt`)),
      ...["state_dict.pt", "safetensors", "onnx", "keras", "torch2.14.1.pt2", "trace113.pt"].map((ending) =>
        crossformat(`kw_mnist.${ending}`),
      ),
      ...["dynamo_2.14.1_unoptimized.onnx", "ts_1.13.0_eval_fused.onnx", "traced_1.13.0.ts.pt"].map((name) =>
        join(assets, "donor-resnet20-exports", name),
      ),
      join(assets, "donor-yunet/yunet_s.pth"),
      join(assets, "donor-ultraface/version-slim-320.onnx"),
    ];
    let remarks = 0;
    for (const path of trained) {
      const found = await findings([path]);
      const faults = found.filter(({ severity }) => severity !== "information");
      assert.deepEqual(faults, [], path);
      remarks += found.length;
    }
    t.diagnostic(`${trained.length} trained networks: no fault, ${remarks} remarks`);
  });

  test("fresh networks look untrained, once each", async () => {
    // The batch norms of its ResNet were given made-up statistics.
    for (const name of readdirSync(join(assets, "hf-tiny-random")).filter((each) =>
      /^(?!resnet).*-(cls|lm)$/.test(each),
    )) {
      const codes = (await findings([join(assets, "hf-tiny-random", name)])).map(({ code }) => code);
      assert.deepEqual(codes, ["check/untrained"], name);
    }
  });

  test("an export in training mode is one", async () => {
    const [finding] = await findings([join(assets, "pt2-selfmade/mnist_burn_TRAINMODE_torch2.14.1.pt2")]);
    assert.equal(finding?.code, "check/training-mode");
  });

  test("one network in several containers is one", async () => {
    for (const ending of ["legacy.pth", "onnx", "torch2.6.0.pt2", "script214.pt", "whole_module.pt"]) {
      const found = await findings([crossformat("kw_mnist.safetensors"), crossformat(`kw_mnist.${ending}`)]);
      assert.deepEqual(
        found.map(({ code }) => code),
        ["check/identical"],
        ending,
      );
    }
    const others = await findings([crossformat("kw_mnist.safetensors"), crossformat("kw_fashion.safetensors")]);
    assert.deepEqual(others, []);
  });

  test("pixels that were not standardised are found by the batch norms", async (t) => {
    const right = { path: cifarProbe(assets, folder), samples: 256 };
    assert.deepEqual(await findings([resnet20], { probe: right }), []);
    const probe = { path: cifarProbe(assets, folder, "as it is"), samples: 256 };
    for (const preprocess of ["mean=0.5;std=0.5", "none", "mean=0.485,0.456,0.406;std=0.229,0.224,0.225"]) {
      const { findings: found } = await check({ models: [{ path: resnet20, preprocess }], probe, progress: "" }, job);
      const isRight = preprocess.includes("0.485");
      assert.deepEqual(
        found.map(({ code }) => code),
        isRight ? [] : ["check/implausible-input"],
      );
      for (const { severity, evidence } of found) t.diagnostic(`${severity}: ${evidence}`);
    }
  });
});

describe("differences of real weights", { skip: withoutShared }, () => {
  /** Of each tensor: ‖A − B‖ / ‖B‖, cosine, largest |A − B|, elements that differ, by PyTorch in float64. */
  const expected: Readonly<Record<string, readonly [number, number, number, number]>> = {
    "0.weight": [0.008025894932146447, 0.9999677940017188, 0.0011330246925354004, 256],
    "0.bias": [0.003449587369336061, 0.9999941139342565, 0.0012397170066833496, 16],
    "2.weight": [0.0038525121231162414, 0.999992579139934, 0.0024552345275878906, 8191],
    "2.bias": [0.003990226194497696, 0.9999944510566305, 0.0010968446731567383, 32],
    "5.weight": [0.002175284513208459, 0.9999976459644168, 0.0019741058349609375, 156781],
    "5.bias": [0.0041212844681754734, 0.999994594276539, 0.0010640621185302734, 100],
    "7.weight": [0.00376305682655605, 0.9999929823530229, 0.0011167526245117188, 999],
    "7.bias": [0.005885533899970206, 0.9999826929061519, 0.0010562390089035034, 10],
  };

  test("are those that PyTorch computes in float64", async (t) => {
    const at = (name: string) => ({ path: join(sharedFolder() ?? "", "assets/crossformat-kw", name) });
    const models = [at("kw_mnist.fp16.pt"), at("kw_mnist.state_dict.pt")] as const;
    const { weights } = await diff({ models, progress: "" }, job);
    assert.ok(weights);
    let worst = 0;
    for (const { name, relative, cosine, largest, differing } of weights.tensors) {
      const [relativeThere, cosineThere, largestThere, differingThere] = expected[name] ?? assert.fail(name);
      assert.deepEqual([largest, differing], [largestThere, differingThere], name);
      worst = Math.max(worst, Math.abs(relative! / relativeThere - 1), Math.abs(cosine! - cosineThere));
    }
    assert.equal(weights.tensors.length, Object.keys(expected).length);
    assert.ok(worst < 1e-12, `${worst}`);
    t.diagnostic(`${weights.tensors.length} tensors; farthest from PyTorch: ${worst}`);
  });
});
