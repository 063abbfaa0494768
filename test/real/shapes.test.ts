import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileSource, siblingFiles } from "../../src/compute/files.ts";
import { readOnnx } from "../../src/core/formats/onnx/reader.ts";
import { writeOnnx } from "../../src/core/formats/onnx/writer.ts";
import type { Program } from "../../src/core/graph/graph.ts";
import { toFloat64 } from "../../src/core/graph/numbers.ts";
import type { Value } from "../../src/core/graph/shapes/value.ts";
import { inferShapes } from "../../src/core/graph/shapes.ts";
import { elementCount, float32Tensor } from "../../src/core/graph/tensor.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";
import { readCase, runModel } from "../fixtures/onnxBackendTests.ts";
import { unpack } from "../fixtures/unpack.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

const assets = join(sharedFolder() ?? "", "assets");

/** Nothing that the file records of its values: all of it has to be inferred. */
function withoutTypes({ graph, ...rest }: Program): Program {
  const outputs = graph.outputs.map(({ name }) => ({ name, dtype: undefined, shape: undefined }));
  return { ...rest, graph: { ...graph, valueTypes: new Map(), outputs } };
}

class Tally {
  known = 0;
  unknown = 0;
  evaluated = 0;
  readonly wrong: string[] = [];

  check(
    where: string,
    value: Value | undefined,
    shape: readonly number[],
    dtype: string,
    data: ArrayLike<unknown>,
  ): void {
    if (!value?.shape) this.unknown++;
    else if (value.shape.join() === shape.join()) this.known++;
    else this.wrong.push(`${where}: ${value.shape} instead of ${shape}`);
    if (value?.dtype !== undefined && value.dtype !== dtype)
      this.wrong.push(`${where}: ${value.dtype} instead of ${dtype}`);
    if (!value?.data) return;
    this.evaluated++;
    const off = value.data.findIndex((x, i) => Math.abs(x - Number(data[i])) > 1e-6 * Math.max(1, Math.abs(x)));
    if (off >= 0) this.wrong.push(`${where}[${off}]: ${value.data[off]} instead of ${data[off]}`);
  }

  toString(): string {
    return `${this.known} shapes known, ${this.unknown} unknown, ${this.wrong.length} wrong, ${this.evaluated} evaluated`;
  }
}

test("ONNX's node tests: inferred shapes are those of the expected outputs", { skip: withoutShared }, (t) => {
  const { folder, remove } = unpack(join(assets, "onnx-node-tests/node-tests.tar.gz"));
  t.after(remove);
  const [byShapes, byData] = [new Tally(), new Tally()];
  const leftOut: string[] = [];
  for (const name of readdirSync(join(folder, "node"))) {
    const place = join(folder, "node", name);
    if (!existsSync(join(place, "test_data_set_0/output_0.pb"))) continue;
    let program: Program;
    let cases: ReturnType<typeof readCase>;
    try {
      program = withoutTypes(upgrade(readOnnx(fileSource(join(place, "model.onnx")), siblingFiles(place))));
      cases = readCase(place);
    } catch {
      leftOut.push(name); // Opset 27 or newer, or a sequence instead of a tensor.
      continue;
    }
    const given = program.graph.inputs.flatMap(({ name: input }, i) => {
      const tensor = cases.inputs[i];
      return tensor ? [[input, tensor] as const] : [];
    });
    const shapes = new Map(given.map(([input, { shape }]) => [input, shape]));
    // The same once more with the inputs as constants: axes, targets and counts are then known.
    const constant = { ...program.graph, initializers: new Map([...program.graph.initializers, ...given]) };
    for (const [tally, graph] of [
      [byShapes, program.graph],
      [byData, constant],
    ] as const) {
      const values = inferShapes({ ...program, graph }, shapes);
      for (const [i, { name: output }] of graph.outputs.entries()) {
        const expected = cases.outputs[i];
        if (!expected) continue;
        const data = expected.dtype === "string" ? [] : toFloat64(expected);
        tally.check(`${name} ${output}`, values.get(output), expected.shape, expected.dtype, data);
      }
    }
  }
  t.diagnostic(`left out: ${leftOut.join(", ")}`);
  t.diagnostic(`from shapes: ${byShapes}`);
  t.diagnostic(`with the inputs known: ${byData}`);
  assert.deepEqual([...byShapes.wrong, ...byData.wrong], []);
  assert.ok(leftOut.length < 20 && byData.known > 900 && byData.unknown < 20);
});

test("real networks: every value is as the runtime makes it", { skip: withoutShared }, async (t) => {
  const files = readdirSync(assets, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".onnx") && !name.startsWith("hostile")).sort()) {
    const path = join(assets, file);
    const program = withoutTypes(upgrade(readOnnx(fileSource(path), siblingFiles(dirname(path)))));
    const shapes = new Map(
      program.graph.inputs.map(({ name, shape = [] }) => [
        name,
        shape.map((size, axis) => (typeof size === "number" ? size : axis === 0 ? 3 : 64)),
      ]),
    );
    const values = inferShapes(program, shapes);
    const names = program.graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ""));
    const outputs = names.map((name) => ({ name, dtype: values.get(name)?.dtype, shape: undefined }));
    const inputs = [...shapes.values()].map((shape) =>
      float32Tensor(shape, new Float32Array(elementCount(shape)).fill(0.5)),
    );
    const results = await runModel(writeOnnx({ ...program, graph: { ...program.graph, outputs } }), inputs);
    const tally = new Tally();
    for (const [i, { dims, type, data }] of results.entries())
      tally.check(names[i] ?? "", values.get(names[i] ?? ""), dims, type, data);
    t.diagnostic(`${file}: ${tally}`);
    assert.deepEqual(tally.wrong, []);
    assert.equal(tally.unknown, 0);
  }
});
