import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { zipSync } from "fflate";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { fixedBatchRunner } from "../../../../src/compute/grams/fixedBatchRunner.ts";
import { gramRunner } from "../../../../src/compute/grams/gramRunner.ts";
import { representationRunner } from "../../../../src/compute/grams/representations.ts";
import type { ModelProgram } from "../../../../src/compute/models/modelFile.ts";
import { type OpenModel, openModel } from "../../../../src/compute/models/openModel.ts";
import { paddingWarnings } from "../../../../src/compute/models/padding.ts";
import { runnable } from "../../../../src/compute/models/runnable.ts";
import { openProbe, type Probe } from "../../../../src/compute/probe/probe.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { noProvenance } from "../../../../src/core/formats/checkpoint.ts";
import { writeNpy } from "../../../../src/core/formats/npy.ts";
import { int } from "../../../../src/core/graph/attributes.ts";
import { batchAxis, GraphBuilder } from "../../../../src/core/graph/builder.ts";
import type { Dim, Program } from "../../../../src/core/graph/graph.ts";
import type { Pooling } from "../../../../src/core/graph/tap.ts";
import { float32Tensor } from "../../../../src/core/graph/tensor.ts";
import { padNote } from "../../../../src/core/tokens/tokenProgram.ts";
import type { TokenRow } from "../../../../src/core/tokens/tokenRows.ts";

const [samples, length, width] = [5, 4, 3];
const ids = [
  [3, 1, 4, 0],
  [1, 5, 0, 0],
  [2, 6, 5, 3],
  [5, 0, 0, 0],
  [7, 1, 0, 2],
].flat();
const mask = ids.map((id, i) => (id === 0 && i < 16 ? 0 : 1));
const types = ids.map((_, i) => Number(i % length >= 2));
const table = Array.from({ length: 8 * width }, (_, i) => Math.sin(i * 3.7) * 5);

/**
 * hidden = table[ids] · mask + types + positions, whatever of these it takes; output = relu(hidden).
 * @param batch of the file, and the type of its ids.
 */
function network(takes: readonly TokenRow[], batch: Dim = batchAxis, dtype: "int64" | "int32" = "int64"): Program {
  const builder = new GraphBuilder();
  const input = (name: string) =>
    builder.input(name, dtype, [batch, batch === batchAxis ? "sequence" : length], { sequence: length });
  const sequence = takes.toSorted().map(input);
  const value = (row: TokenRow) => {
    const name = sequence.find((each) => each === row)!;
    const number = builder.add("Cast", [name], { to: int(1) });
    return builder.add("Unsqueeze", [number, builder.ints([2])]);
  };
  let hidden = builder.add("Gather", [builder.weight("table", float32Tensor([8, width], table)), "input_ids"]);
  for (const row of takes.slice(1))
    hidden = builder.add(row === "attention_mask" ? "Mul" : "Add", [hidden, value(row)]);
  builder.output(builder.within("act", () => builder.add("Relu", [hidden])));
  return builder.build("net");
}

/** What the network's output holds at token `t` of a sample. */
function hidden(takes: readonly TokenRow[], s: number, t: number, u: number): number {
  const i = s * length + t;
  const embedded = table[ids[i]! * width + u]! * (takes.includes("attention_mask") ? mask[i]! : 1);
  const added = (takes.includes("token_type_ids") ? types[i]! : 0) + (takes.includes("position_ids") ? t : 0);
  return Math.max(0, embedded + added);
}

/** n × d by hand; the mask counts whether the network takes one or not. */
function pooled(takes: readonly TokenRow[], how: Pooling): number[] {
  return Array.from({ length: samples }, (_, s) => {
    const open = [0, 1, 2, 3].filter((t) => mask[s * length + t] === 1);
    const at = (t: number) => [0, 1, 2].map((u) => hidden(takes, s, t, u));
    if (how === "all") return [0, 1, 2, 3].flatMap(at);
    if (how === "cls") return at(0);
    if (how === "last") return at(open.at(-1)!);
    return [0, 1, 2].map((u) => open.reduce((sum, t) => sum + at(t)[u]!, 0) / open.length);
  }).flat();
}

function open(program: Program, probe: Probe, pool?: Pooling): OpenModel {
  const file = {
    path: "net",
    program,
    digest: "",
    checkpoint: { provenance: noProvenance },
  } as unknown as ModelProgram;
  const choice = { path: "net", taps: ["act"], ...(pool && { pool }) };
  return openModel(runnable(file), choice, undefined, probe);
}

/** A probe whose samples were read already. */
function inMemory(arrays: Readonly<Record<string, readonly number[]>>): Probe {
  return withProbe(arrays, (probe) => {
    const values = probe.read(0, samples);
    const size = values.length / samples;
    return { ...probe, digest: "", read: (start, count) => values.slice(start * size, (start + count) * size) };
  });
}

function withProbe<T>(arrays: Readonly<Record<string, readonly number[]>>, work: (probe: Probe) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "tokens-"));
  const npy = (values: readonly number[]) =>
    writeNpy("int64", [samples, values.length / samples], new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  try {
    const path = join(folder, "probe.npz");
    writeFileSync(
      path,
      zipSync(Object.fromEntries(Object.entries(arrays).map(([name, a]) => [`${name}.npy`, npy(a)]))),
    );
    return work(openProbe(path, { samples }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const backend = onnxRuntime("cpu", 1);

async function representation(model: OpenModel, probe: Probe) {
  const runner = await representationRunner(backend, model, model.chosenTaps);
  const values = await runner.run(model.prepare(probe.read(0, samples), samples));
  await runner.release();
  return values.get(model.chosenTaps[0]!.value)!;
}

function assertClose(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(actual[i]! - value) <= tolerance, `${i}`);
}

const everything: readonly TokenRow[] = ["input_ids", "attention_mask", "token_type_ids", "position_ids"];

test("arrays of a probe reach the inputs of their names, and tokens are pooled as asked", async () => {
  const positions = ids.map((_, i) => i % length);
  const arrays = { input_ids: ids, attention_mask: mask, token_type_ids: types, position_ids: positions };
  const held = inMemory(arrays);
  for (const takes of [everything, everything.slice(0, 2), everything.slice(0, 1)]) {
    for (const how of ["cls", "mean", "last", "all"] as const) {
      const model = open(network(takes), held, how);
      const { shape, data } = await representation(model, held);
      assert.deepEqual(shape, how === "all" ? [samples, length, width] : [samples, width]);
      assertClose(data as Float32Array, pooled(takes, how));
    }
  }
  assert.equal(open(network(everything), held).chosenTaps[0]?.pooled?.how, "mean");
});

test("what a probe of ids lacks is the usual: a mask of ones, types 0, positions in order", async () => {
  const probe = inMemory({ input_ids: ids });
  const takes = ["input_ids", "attention_mask", "token_type_ids", "position_ids"] as const;
  const model = open(network(takes), probe, "all");
  const expected = ids.flatMap((id, i) => [0, 1, 2].map((u) => Math.max(0, table[id * width + u]! + (i % length))));
  assertClose((await representation(model, probe)).data as Float32Array, expected);
  assert.deepEqual(paddingWarnings([model], probe), []);
});

test("where the file names the id that fills up, the mask is 0 there, and a warning says so", async () => {
  const probe = inMemory({ input_ids: ids });
  const takes = ["input_ids", "attention_mask"] as const;
  const program = { ...network(takes), metadata: new Map([[padNote, "0"]]) };
  const model = open(program, probe);
  const sum = (s: number, u: number) =>
    [0, 1, 2, 3].reduce(
      (total, t) => total + (ids[s * 4 + t] === 0 ? 0 : Math.max(0, table[ids[s * 4 + t]! * 3 + u]!)),
      0,
    );
  const counts = [3, 2, 4, 1, 3];
  const expected = counts.flatMap((count, s) => [0, 1, 2].map((u) => sum(s, u) / count));
  assertClose((await representation(model, probe)).data as Float32Array, expected);
  assert.equal(paddingWarnings([model, model], probe)[0]?.code, "probe/padding-masked");
  assert.equal(paddingWarnings([model, model], probe).length, 1);
  const other = open({ ...program, metadata: new Map([[padNote, "9"]]) }, probe);
  assert.deepEqual(paddingWarnings([other], probe), []);
});

test("Grams and answers are of the pooled tokens, also of a network of a fixed batch and with int32 ids", async () => {
  const probe = inMemory({ input_ids: ids, attention_mask: mask });
  const takes = everything.slice(0, 2);
  const rows = pooled(takes, "last");
  // Squared distances are the same about any origin.
  const distances = Array.from({ length: samples ** 2 }, (_, at) => {
    const [a, b] = [Math.floor(at / samples), at % samples];
    return [0, 1, 2].reduce((sum, u) => sum + (rows[a * 3 + u]! - rows[b * 3 + u]!) ** 2, 0);
  });
  const free = open(network(takes, batchAxis, "int32"), probe, "last");
  const fixed: OpenModel = { ...free, batch: 2 };
  for (const runner of [
    await gramRunner(backend, free, free.chosenTaps, true),
    fixedBatchRunner(backend, fixed, fixed.chosenTaps, true),
  ]) {
    const run = await runner.run(free.prepare(probe.read(0, samples), samples));
    await runner.release();
    const gram = run.grams.get(free.chosenTaps[0]!.value)!.square;
    const found = gram.map((entry, at) => {
      const [a, b] = [Math.floor(at / samples), at % samples];
      return gram[a * samples + a]! + gram[b * samples + b]! - 2 * entry;
    });
    assertClose(found, distances, 1e-4);
    assertClose(run.answers!, rows);
  }
  assert.deepEqual([free.answer?.shape, free.outputMeaning.kind], [["n", width], "values"]);
});

test("a network exported for one batch size and length takes any number of samples of that length", async () => {
  const probe = inMemory({ input_ids: ids, attention_mask: mask });
  const takes = everything.slice(0, 2);
  const model = open(network(takes, 1), probe, "mean");
  assert.equal(model.batch, "free");
  assertClose((await representation(model, probe)).data as Float32Array, pooled(takes, "mean"));
});

test("taps are what depends on the ids, not what is made of a mask", () => {
  const probe = inMemory({ input_ids: ids });
  const model = open(network(everything), probe);
  assert.deepEqual(
    model.taps.map(({ op }) => op),
    ["Gather", "Mul", "Add", "Add", "Relu"],
  );
});

test("says what a probe must hold, and which inputs it cannot fill", () => {
  const fails = (code: string, work: () => unknown) =>
    assert.throws(work, (error: unknown) => error instanceof Failure && error.code === code);
  fails("probe/token-rows", () => withProbe({ input_ids: ids, attention_mask: mask.slice(0, 15) }, () => {}));
  const probe = inMemory({ input_ids: ids });
  fails("probe/not-tokens", () => open(network(everything), { ...probe, sampleShape: [3, 8, 8] }));
  fails("probe/sequence-length", () => open(network(everything, 1), { ...probe, sampleShape: [9] }));
  const past = network(["input_ids"]);
  const cache = { name: "past_key_values.0.key", dtype: "float32", shape: ["n", 2, "past", 4] } as const;
  const graph = { ...past.graph, inputs: [...past.graph.inputs, cache] };
  assert.throws(() => open({ ...past, graph }, probe), {
    code: "inputs/cannot-feed",
    message: /past_key_values\.0\.key/,
  });
});
