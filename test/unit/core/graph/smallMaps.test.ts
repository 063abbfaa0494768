import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { checkProgram } from "../../../../src/core/graph/check.ts";
import { type Attribute, makeNode, makeProgram, type Program } from "../../../../src/core/graph/graph.ts";
import { withSmallMaps } from "../../../../src/core/graph/smallMaps.ts";
import { elementCount, float32Tensor } from "../../../../src/core/graph/tensor.ts";
import { randomNumbers } from "../../../fixtures/finiteDifferences.ts";
import { int, ints, string, value } from "../../../fixtures/onnxPrograms.ts";

/** A convolution of 64 channels that gives 96, with whatever else an exporter writes. */
function convolution(size: readonly number[], kernel: readonly number[], attributes: Record<string, Attribute>) {
  const random = randomNumbers(3);
  const tensor = (shape: readonly number[]) =>
    float32Tensor(shape, Float64Array.from({ length: elementCount(shape) }, random));
  const groups = attributes.group?.type === "int" ? attributes.group.value : 1;
  return makeProgram({
    name: "test",
    inputs: [value("x", ["batch", 64, ...size])],
    outputs: [value("y", ["batch", 96, "h", "w"])],
    nodes: [makeNode("Conv", ["x", "weights", "bias"], ["c"], attributes), makeNode("Relu", ["c"], ["y"])],
    initializers: new Map([
      ["weights", tensor([96, 64 / groups, ...kernel])],
      ["bias", tensor([96])],
    ]),
  });
}

const opsOf = ({ graph }: Program) => graph.nodes.map(({ op }) => op);

async function run(program: Program, size: readonly number[]): Promise<Float32Array> {
  checkProgram(program);
  const random = randomNumbers(5);
  const data = Float32Array.from({ length: 3 * 64 * elementCount(size) }, random);
  const session = await onnxRuntime("cpu", 1).load(program);
  try {
    const found = await session.run(new Map([["x", { shape: [3, 64, ...size], data }]]));
    return found.get("y")?.data as Float32Array;
  } finally {
    await session.release();
  }
}

const small: readonly (readonly [string, readonly number[], readonly number[], Record<string, Attribute>])[] = [
  ["padded", [4, 4], [3, 3], { pads: ints(1, 1, 1, 1) }],
  ["strided", [8, 8], [3, 3], { pads: ints(1, 1, 1, 1), strides: ints(2, 2) }],
  ["dilated", [5, 4], [2, 3], { pads: ints(0, 2, 0, 2), dilations: ints(2, 2) }],
  ["padded on some sides", [2, 3], [2, 2], { pads: ints(1, 0, 0, 1) }],
  ["without padding", [5, 5], [3, 2], {}],
];

const others: readonly (readonly [string, readonly number[], readonly number[], Record<string, Attribute>])[] = [
  ["a large map", [6, 6], [3, 3], { pads: ints(1, 1, 1, 1) }],
  ["single places", [4, 4], [1, 1], {}],
  ["groups", [4, 4], [3, 3], { group: int(2), pads: ints(1, 1, 1, 1) }],
  ["padding that is worked out when it runs", [4, 4], [3, 3], { auto_pad: string("SAME_UPPER") }],
];

describe("convolutions over small maps", () => {
  for (const [title, size, kernel, attributes] of small) {
    test(`are products of matrices: ${title}`, async (t) => {
      const program = convolution(size, kernel, attributes);
      const own = withSmallMaps(program, new Map([["x", ["batch", 64, ...size]]]));
      assert.ok(opsOf(own).includes("Gemm") && !opsOf(own).includes("Conv"));
      const [expected, found] = [await run(program, size), await run(own, size)];
      assert.equal(found.length, expected.length);
      const largest = expected.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
      const worst = expected.reduce((most, number, i) => Math.max(most, Math.abs(number - found[i]!)), 0) / largest;
      t.diagnostic(`off by ${worst.toExponential(1)} of the largest`);
      assert.ok(worst <= 1e-6);
    });
  }

  for (const [title, size, kernel, attributes] of others) {
    test(`stay as they are with ${title}`, () => {
      const program = convolution(size, kernel, attributes);
      const own = withSmallMaps(program, new Map([["x", ["batch", 64, ...size]]]));
      assert.deepEqual(opsOf(own), ["Conv", "Relu"]);
    });
  }
});
