import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../../src/core/report/report.ts";
import { noGpu } from "../fixtures/softwareGpu.ts";
import { notBuilt, sample, start } from "./built.ts";

const skip = notBuilt || (process.platform !== "linux" && "not run: graphics drivers can be hidden on Linux only");

test("where a provider finds no device, the CPU runs the networks, and a warning says so", { skip }, async () => {
  Object.assign(process.env, noGpu);
  const models = [sample("ears-seed0.onnx"), sample("tail-seed0.onnx")];
  const options = ["--samples", "8", "--steps", "2", "--provider", "webgpu", "--json", "-"];
  for (const command of [
    ["invert", ...options],
    ["compare", ...options.filter((_, i) => i < 2 || i > 3)],
  ]) {
    const { code, out, err } = await start([command[0]!, ...models, ...command.slice(1)]).outcome;
    assert.equal(code, 0, err);
    const { provider, warnings }: Report = JSON.parse(out);
    assert.equal(provider, "cpu");
    const told = warnings.filter((warning) => warning.code === "engine/fallback");
    assert.equal(told.length, 1);
    assert.match(
      told[0]?.message ?? "",
      /^webgpu cannot be used on this machine, so the CPU runs the networks: .*adapter/,
    );
  }
});

test("a provider that this build does not have is refused with those that it has", { skip: notBuilt }, async () => {
  const { code, out } = await start([
    "run",
    sample("ears-seed0.onnx"),
    "--provider",
    "nothing",
    "--out",
    ".",
    "--json",
    "-",
  ]).outcome;
  assert.equal(code, 1);
  const { error } = JSON.parse(out);
  assert.equal(error.code, "engine/provider");
  assert.match(error.hint, /auto, cpu/);
});
