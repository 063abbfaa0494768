import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { commands } from "../../../src/cli/commands.ts";
import { Input } from "../../../src/cli/input.ts";
import type { ComputeProcess } from "../../../src/client/computeProcess.ts";
import { emptyReport } from "../../fixtures/emptyReport.ts";

/** What a command line asks of the compute process. */
async function asked(name: string, ...args: string[]): Promise<unknown> {
  const command = commands.find((candidate) => candidate.name === name);
  assert.ok(command);
  let params: unknown;
  const compute: Pick<ComputeProcess, "request"> = {
    request: async (type, given) => {
      assert.equal(type.method, name);
      params = given;
      return emptyReport as never;
    },
  };
  await command.ask(Input.parse(args, command.flags), compute, {});
  return params;
}

test("compare without flags has the documented defaults", async () => {
  assert.deepEqual(await asked("compare", "a.onnx", "b.onnx"), {
    models: [{ path: resolve("a.onnx") }, { path: resolve("b.onnx") }],
    probe: {},
    engine: { provider: "auto" },
    batch: 128,
    estimator: "auto",
    measures: ["cka.linear.unbiased"],
    seed: 0,
  });
});

test("flags of A are for every model, -b flags for those after it", async () => {
  const flags = ["--taps", "@convs", "--taps-b", "@all,fc", "--arch", "net.onnx", "--preprocess-b", "none"];
  const params = await asked("compare", "a", "b", "c", ...flags, "--pool", "cls", "--pool-b", "last");
  const architecture = resolve("net.onnx");
  assert.deepEqual((params as { models: unknown }).models, [
    { path: resolve("a"), architecture, taps: ["@convs"], pool: "cls" },
    { path: resolve("b"), architecture, taps: ["@all", "fc"], preprocess: "none", pool: "last" },
    { path: resolve("c"), architecture, taps: ["@all", "fc"], preprocess: "none", pool: "last" },
  ]);
});

test("a store is a folder or none", async () => {
  const store = async (value: string) =>
    ((await asked("compare", "a", "b", "--store", value)) as { engine: { store?: string } }).engine.store;
  assert.equal(await store("grams"), resolve("grams"));
  assert.equal(await store("none"), undefined);
});

test("run, measure and inspect name their files absolutely", async () => {
  assert.deepEqual(
    await asked("run", "a", "--probe", "p.npy", "--samples", "64", "--out", "reps", "--threads", "2", "--batch", "8"),
    {
      model: { path: resolve("a") },
      probe: { path: resolve("p.npy"), samples: 64 },
      engine: { provider: "auto", threads: 2 },
      batch: 8,
      out: resolve("reps"),
    },
  );
  assert.deepEqual(await asked("measure", "x.npy", "y.npy"), {
    x: resolve("x.npy"),
    y: resolve("y.npy"),
    measures: ["all"],
  });
  assert.deepEqual(await asked("inspect", "a.onnx"), { model: { path: resolve("a.onnx") } });
});

test("invert asks for layers by position and for what is told besides", async () => {
  const params = await asked(
    "invert",
    "a",
    "b",
    "--tap",
    "relu4,relu7",
    "--tap-b",
    "conv*",
    "--maps",
    "--images",
    "im",
  );
  assert.deepEqual(params, {
    models: [
      { path: resolve("a"), taps: ["relu4", "relu7"] },
      { path: resolve("b"), taps: ["conv*"] },
    ],
    probe: {},
    engine: { provider: "auto" },
    preset: "fast",
    seed: 0,
    images: resolve("im"),
    maps: true,
  });
});
