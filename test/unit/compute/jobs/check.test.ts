import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { check } from "../../../../src/compute/jobs/check.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { makeNode } from "../../../../src/core/graph/graph.ts";
import { float32Tensor } from "../../../../src/core/graph/tensor.ts";
import { validReport } from "../../../../src/core/report/validate.ts";
import type { CheckParams } from "../../../../src/protocol/compute.ts";
import { makeProgram, numbers, value } from "../../../fixtures/onnxPrograms.ts";
import { lonelyJob, temporaryFolder, writeCheckpoint } from "./checkpoint.ts";

const sample = resolve("media/sample");
const [seed0, seed1] = [0, 1].map((seed) => join(sample, `ears-seed${seed}.onnx`)) as [string, string];

const checking = (paths: readonly string[], more: Partial<CheckParams> = {}) =>
  check({ models: paths.map((path) => ({ path })), progress: "", ...more }, lonelyJob());

describe("without a probe", () => {
  test("there is nothing to say of two trained networks", async () => {
    const report = await checking([seed0, seed1]);
    assert.deepEqual([report.kind, report.findings, report.warnings], ["check", [], []]);
    assert.deepEqual(
      report.models.map(({ format, parameters }) => [format, parameters > 20_000]),
      [
        ["onnx", true],
        ["onnx", true],
      ],
    );
    assert.equal(report.forwardPasses, 0);
    validReport(JSON.parse(JSON.stringify(report)));
  });

  test("a fault is told with its file", async (t) => {
    const path = writeCheckpoint(
      temporaryFolder(t),
      makeProgram(17, {
        nodes: [makeNode("Gemm", ["x", "fc.weight", "fc.bias"], ["y"])],
        inputs: [value("x", ["n", 3])],
        outputs: [value("y", ["n", 2])],
        initializers: { "fc.weight": numbers([3, 2]), "fc.bias": float32Tensor([2], [Number.NaN, 1]) },
      }),
    );
    const { findings } = await checking([seed0, path]);
    assert.deepEqual(
      findings.map(({ code, severity, where }) => [code, severity, where]),
      [["check/non-finite", "error", path]],
    );
  });

  test("one file twice, and a copy of it", async (t) => {
    const copy = join(temporaryFolder(t), "copy.onnx");
    copyFileSync(seed0, copy);
    for (const other of [seed0, copy]) {
      const { findings } = await checking([seed0, other]);
      assert.deepEqual(
        findings.map(({ title, where }) => [title, where]),
        [["Both are the same file.", undefined]],
      );
    }
  });

  test("a file that is not whole is a finding, beside one that is", async (t) => {
    const folder = temporaryFolder(t);
    const half = join(folder, "half.onnx");
    const bytes = readFileSync(seed0);
    writeFileSync(half, bytes.subarray(0, bytes.length / 2));
    const empty = join(folder, "empty.pt");
    writeFileSync(empty, "");
    for (const path of [half, empty]) {
      const { findings, models } = await checking([path, seed0]);
      assert.deepEqual(
        findings.map(({ code, severity, where }) => [code, severity, where]),
        [["check/cut-off", "error", path]],
      );
      assert.match(findings[0]?.evidence ?? "", /try again/);
      assert.deepEqual([models[0]?.format, models[1]?.format], ["unknown", "onnx"]);
    }
  });

  test("every container cut in two is one, too", async (t) => {
    const folder = temporaryFolder(t);
    for (const name of ["torch/state.pt", "torch/state_legacy.pth", "torch/traced.pt"]) {
      const bytes = readFileSync(`test/fixtures/${name}`);
      const path = join(folder, name.replace("/", "-"));
      writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.7)));
      const { findings } = await checking([path]);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ["check/cut-off"],
        name,
      );
    }
  });

  test("what is no checkpoint fails", async (t) => {
    const path = join(temporaryFolder(t), "notes.txt");
    writeFileSync(path, "No weights here.");
    await assert.rejects(checking([path]), { code: "not-a-checkpoint" });
    await assert.rejects(checking([`${path}.gone`]), { code: "file/missing" });
  });

  test("it can be stopped between two pieces", async () => {
    const controller = new AbortController();
    const job = lonelyJob(controller);
    controller.abort(new Failure("cancelled", "Cancelled."));
    await assert.rejects(check({ models: [{ path: seed0 }], progress: "" }, job), { code: "cancelled" });
  });
});

describe("with a probe", () => {
  const probe = { path: join(sample, "creatures.probe.json"), samples: 256 };

  test("the preprocessing of the training is no finding", async () => {
    assert.deepEqual((await checking([seed0, seed1], { probe })).findings, []);
  });

  test("another is", async () => {
    const models = [{ path: seed0, preprocess: "mean=10,10,10;std=0.01,0.01,0.01" }];
    const { findings } = await check({ models, probe, progress: "" }, lonelyJob());
    const [finding, ...more] = findings;
    assert.deepEqual(more, []);
    assert.deepEqual([finding?.code, finding?.severity, finding?.where], ["check/implausible-input", "warning", seed0]);
    assert.match(finding?.evidence ?? "", /^With mean 10, 10, 10 and std 0\.01, 0\.01, 0\.01 \(command line\)/);
  });

  test("that a network cannot be judged is a warning; that there is no such probe, a failure", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, ".git"));
    const path = writeCheckpoint(
      folder,
      makeProgram(17, {
        nodes: [makeNode("Conv", ["x", "conv.weight"], ["y"])],
        inputs: [value("x", ["n", 3, 32, 32])],
        outputs: [value("y", undefined)],
        initializers: { "conv.weight": numbers([2, 3, 3, 3]) },
      }),
    );
    const { findings, warnings } = await checking([path], { probe });
    assert.deepEqual(findings, []);
    assert.ok(warnings.some(({ code }) => code === "check/input-not-checked"));
    // Neither is asked for where no probe is named.
    assert.deepEqual((await checking([path], { probe: {} })).warnings, []);
    await assert.rejects(checking([seed0], { probe: { path: join(folder, "none.npy") } }), { code: "file/missing" });
  });
});
