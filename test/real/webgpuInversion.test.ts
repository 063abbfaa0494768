import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, test } from "node:test";
import type { InversionMatrices } from "../../src/core/report/report.ts";
import { softwareGpu, withoutSoftwareGpu } from "../fixtures/softwareGpu.ts";
import { cifarProbe } from "./cifarProbe.ts";
import { likeness } from "./likeness.ts";
import { asset } from "./network.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/** Inversion by the WebGPU provider, on a driver in software, against the CPU. */

/** Most of it is the driver compiling shaders, by the session. A driver that hangs is a failure. */
const timeout = 600_000;
const sample = (name: string) => resolve(import.meta.dirname, "../../media/sample", name);

describe("inversion on WebGPU", { skip: withoutSoftwareGpu, timeout: 3 * timeout }, () => {
  const folder = mkdtempSync(join(tmpdir(), "likeness-webgpu-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  if (!withoutSoftwareGpu) Object.assign(process.env, softwareGpu());

  function gradients(provider: string, checkpoint: string, probe: string, count: number) {
    const script = join(import.meta.dirname, "webgpu/gradients.ts");
    const out = join(folder, `${provider}.f32`);
    const args = [script, provider, checkpoint, probe, String(count), out];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout });
    assert.equal(status, 0, `${provider}: ended by ${signal ?? status}: ${stderr}`);
    const values = new Float32Array(Uint8Array.from(readFileSync(out)).buffer);
    const width = values.length / count;
    const rows = Array.from({ length: count }, (_, i) => values.subarray(i * width, (i + 1) * width));
    return {
      told: stdout.trim(),
      residuals: rows.map((row) => row[0]!),
      gradients: rows.map((row) => row.subarray(1)),
    };
  }

  for (const [name, checkpoint, probe, skip] of [
    ["ears-seed0 of the sample", sample("ears-seed0.onnx"), () => sample("creatures.probe.json"), false],
    ["tail-seed0 of the sample", sample("tail-seed0.onnx"), () => sample("creatures.probe.json"), false],
    ["Tiny10", asset("torch-cifar10-drfrankenstein/Tiny10/in0-gn0/110000.pt"), cifar, withoutShared],
    ["ResNet-20", asset("torch-cifar10-drfrankenstein/ResNet20_w1/in0-gn0/110000.pt"), cifar, withoutShared],
  ] as const) {
    test(`${name}: residuals and gradients`, { skip, timeout }, (t) => {
      const [cpu, gpu] = ["cpu", "webgpu"].map((provider) => gradients(provider, checkpoint, probe(), 4));
      const errors = cpu!.gradients.map((gradient, i) => relativeError(gpu!.gradients[i]!, gradient));
      const residuals = cpu!.residuals.map((residual, i) => Math.abs(gpu!.residuals[i]! / residual - 1));
      const [worst, off] = [Math.max(...errors), Math.max(...residuals)];
      t.diagnostic(
        `${gpu!.told}: gradients ${worst.toExponential(1)}, residuals ${off.toExponential(1)} from the CPU's`,
      );
      assert.ok(worst <= 1e-3);
      assert.ok(off <= 1e-5);
    });
  }

  test("the whole command: pictures, matrices and the provider that is named", { timeout }, async (t) => {
    const models = ["ears-seed0.onnx", "tail-seed0.onnx"].map(sample);
    const options = ["--preset", "jones", "--steps", "5", "--samples", "16"];
    const invert = (provider: string) => likeness("invert", ...models, ...options, "--provider", provider);
    const [cpu, gpu] = [await invert("cpu"), await invert("webgpu")];
    assert.equal(gpu.exitCode, 0, gpu.stderr);
    assert.equal(gpu.report.provider, "webgpu");
    assert.ok(gpu.report.warnings.every(({ code }) => code !== "engine/fallback"));
    const [ours, theirs] = [gpu.report.inversion!, cpu.report.inversion!];
    const apart = (a: InversionMatrices, b: InversionMatrices) =>
      Math.max(
        ...(["biased", "unbiased"] as const).flatMap((kind) =>
          a[kind].flatMap((row, i) => row.map((value, j) => Math.abs(value! - b[kind][i]![j]!))),
        ),
      );
    const kinds = ["natural", "jones", "stir", "selfStir"] as const;
    const worst = Math.max(...kinds.map((kind) => apart(ours.cka[kind], theirs.cka[kind])));
    const residual = Math.max(
      ...theirs.residual.flatMap((row, i) => row.map((value, k) => Math.abs(ours.residual[i]![k]! / value - 1))),
    );
    t.diagnostic(`CKA within ${worst.toExponential(1)}, residuals within ${residual.toExponential(1)} of the CPU's`);
    assert.ok(worst <= 0.01);
  });

  function cifar(): string {
    return cifarProbe(join(sharedFolder() ?? "", "assets"), folder, "standardised");
  }
});

/** ‖a − b‖ / ‖b‖. */
function relativeError(a: Float32Array, b: Float32Array): number {
  let [off, size] = [0, 0];
  for (const [i, value] of b.entries()) {
    off += (a[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(off / size);
}
