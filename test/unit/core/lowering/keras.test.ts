import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readTfjs } from "../../../../src/core/formats/tfjs/reader.ts";
import { tfjsModel, type Weight } from "../../../fixtures/keras/modelFiles.ts";
import { type Numbers, runProgram, worstDifference } from "../../../fixtures/keras/run.ts";

interface Case {
  readonly name: string;
  readonly version: string;
  readonly topology: unknown;
  readonly weights: readonly Weight[];
  readonly inputs: readonly Numbers[];
  readonly outputs: readonly Numbers[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../fixtures/keras/layers.json"), "utf8"),
);
/** Of float32 against float64, for values around one. */
const tolerance = 1e-5;

for (const { name, version, topology, weights, inputs, outputs } of cases) {
  test(`${name} computes what its definition says`, async () => {
    const { model, siblings } = tfjsModel(topology, weights, version);
    const checkpoint = readTfjs(model, siblings);
    assert.deepEqual(checkpoint.provenance.notices, []);
    const program = checkpoint.architecture!.program();
    const results = await runProgram(program, inputs);
    assert.deepEqual(
      results.map(({ shape }) => shape),
      outputs.map(({ shape }) => shape),
    );
    for (const [i, { values }] of results.entries()) {
      const expected = outputs[i]!.values;
      const largest = Math.max(1, ...Array.from(expected, Math.abs));
      const worst = worstDifference(values, expected) / largest;
      assert.ok(worst <= tolerance, `differs by ${worst}`);
    }
  });
}
