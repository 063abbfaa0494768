import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { writeOnnx } from "../../src/core/formats/onnx/writer.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";
import { difference, runModel, type Values } from "../fixtures/onnxBackendTests.ts";
import { numbers } from "../fixtures/onnxPrograms.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

const assets = join(sharedFolder() ?? "", "assets");

/** Exporters of 2017 write operator sets that the runtime no longer runs as they are. */
const onlyUpgraded = new Set(["onnx-super-resolution/super_resolution.onnx"]);

const equalBits = { relative: 0, absolute: 0 };

test("trained networks of all ages give the same bits when they are upgraded", { skip: withoutShared }, async (t) => {
  const files = readdirSync(assets, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".onnx") && !file.startsWith("hostile"),
  );
  const opsets = new Map<number, number>();
  for (const file of files) {
    const path = join(assets, file);
    const program = readOnnx(fileSource(path), siblingFiles(dirname(path)));
    const opset = program.opsets.get("") ?? 0;
    opsets.set(opset, (opsets.get(opset) ?? 0) + 1);
    const inputs = program.graph.inputs.map((input, i) => {
      const shape = (input.shape ?? []).map((size, axis) => (typeof size === "number" ? size : axis < 2 ? 1 : 64));
      return numbers(shape, i + 1);
    });
    const upgraded = await runModel(writeOnnx(upgrade(program)), inputs, { asWritten: true });
    if (onlyUpgraded.has(file)) assert.ok(allFinite(upgraded), file);
    else {
      const original = await runModel(path, inputs, { asWritten: true });
      assert.equal(difference(upgraded, original, equalBits), undefined, file);
    }
  }
  const counts = [...opsets].sort(([a], [b]) => a - b).map(([opset, count]) => `${count} of opset ${opset}`);
  t.diagnostic(`${files.length} networks: ${counts.join(", ")}`);
});

function allFinite(outputs: readonly Values[]): boolean {
  return outputs.every(({ data }) => Array.from(data).every((value) => Number.isFinite(Number(value))));
}
