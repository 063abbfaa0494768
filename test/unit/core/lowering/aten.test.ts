import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { GraphBuilder } from "../../../../src/core/graph/builder.ts";
import { AtenLowering } from "../../../../src/core/lowering/aten/lowering.ts";
import { size, sizeFor } from "../../../../src/core/lowering/aten/value.ts";
import {
  atenValue,
  type CaseValue,
  compare,
  dtypes,
  leaves,
  mapOf,
  samples,
  tensorOf,
  tensorsOf,
  typedData,
} from "../../../fixtures/aten/cases.ts";

interface Case {
  readonly op: string;
  readonly args: readonly CaseValue[];
  readonly named?: Readonly<Record<string, CaseValue>>;
  readonly expected: CaseValue;
}

const file = resolve(import.meta.dirname, "../../../fixtures/aten/cases.json");
const cases = JSON.parse(readFileSync(file, "utf8")) as readonly Case[];
const backend = onnxRuntime("cpu", 1);

describe("ATen operators as ONNX nodes give what PyTorch gives", () => {
  for (const [index, each] of cases.entries()) {
    it(`${index}: ${each.op}`, async () => {
      await checkNodes(each);
      checkFolded(each);
    });
  }
});

/** Every tensor is an input, and the samples' axis is a symbol where the case says so. */
async function checkNodes({ op, args, named = {}, expected }: Case): Promise<void> {
  const builder = new GraphBuilder();
  const tensors = [...tensorsOf([...args, ...Object.values(named)])];
  for (const [i, { kind, shape, batch }] of tensors.entries()) {
    builder.input(`x${i}`, dtypes[kind], batch ? ["batch", ...shape.slice(1)] : shape);
  }
  builder.input("samples", "int64", ["batch"]);
  const lowering = new AtenLowering(builder, "pt2");
  lowering.input("samples");
  const handles = new Map(tensors.map((tensor, i) => [tensor, lowering.input(`x${i}`)]));
  const toValue = (value: CaseValue) => atenValue(value, (tensor) => handles.get(tensor)!, size);
  const result = lowering.call(op, args.map(toValue), mapOf(named, toValue));

  const wanted = [...leaves(result, expected)];
  for (const [got, want] of wanted) {
    const { dtype, shape } = lowering.typeOf(got);
    assert.equal(dtype, want.kind);
    assert.deepEqual(
      shape.map((each) => sizeFor(each, samples)),
      want.shape,
    );
    builder.output(got.value);
  }
  const session = await backend.load(builder.build("case"));
  const feeds = tensors.map((tensor, i) => [`x${i}`, { shape: tensor.shape, data: typedData(tensor) }] as const);
  const outputs = await session.run(
    new Map([...feeds, ["samples", { shape: [samples], data: new BigInt64Array(samples) }]]),
  );
  await session.release();
  for (const [got, want] of wanted) {
    const output = outputs.get(got.value)!;
    assert.deepEqual(output.shape, want.shape);
    compare(Array.from(output.data, Number), want);
  }
}

/** Every tensor is a constant: what is computed at once must be the same. */
function checkFolded({ op, args, named = {}, expected }: Case): void {
  const lowering = new AtenLowering(new GraphBuilder(), "pt2");
  const toValue = (value: CaseValue) =>
    atenValue(
      value,
      (tensor) => lowering.constant(tensorOf(tensor)),
      (factor) => factor * samples,
    );
  const result = lowering.call(op, args.map(toValue), mapOf(named, toValue));
  for (const [got, want] of leaves(result, expected)) {
    const data = lowering.dataOf(got);
    if (data === undefined) continue;
    const { dtype, shape } = lowering.typeOf(got);
    assert.deepEqual({ dtype, shape }, { dtype: want.kind, shape: want.shape });
    compare(Array.from(data), want);
  }
}
