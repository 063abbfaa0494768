import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { GraphBuilder } from "../../../../src/core/graph/builder.ts";
import { AtenLowering } from "../../../../src/core/lowering/aten/lowering.ts";
import { type AtenTensor, type AtenValue, isTensor, size } from "../../../../src/core/lowering/aten/value.ts";
import {
  atenValue,
  type CaseTensor,
  type CaseValue,
  compare,
  dtypes,
  samples,
  tensorOf,
  typedData,
} from "../../../fixtures/aten/cases.ts";

/** Calls one after another that write into tensors and into views of them. */
interface CaseProgram {
  readonly inputs: Readonly<Record<string, CaseTensor>>;
  /** Name of the result, operator, arguments. */
  readonly steps: readonly (readonly [string, string, readonly CaseValue[]])[];
  readonly result: string;
  readonly expected: CaseTensor;
}

const file = resolve(import.meta.dirname, "../../../fixtures/aten/programs.json");
const programs = JSON.parse(readFileSync(file, "utf8")) as readonly CaseProgram[];
const backend = onnxRuntime("cpu", 1);

describe("tensors and views of them keep PyTorch's identity", () => {
  for (const each of programs) {
    const title = each.steps.map(([, op]) => op).join(", ");
    it(`${title}, of inputs`, () => checkNodes(each));
    it(`${title}, of constants`, () => checkFolded(each));
  }
});

async function checkNodes({ inputs, steps, result, expected }: CaseProgram): Promise<void> {
  const builder = new GraphBuilder();
  for (const [name, { kind, shape, batch }] of Object.entries(inputs)) {
    builder.input(name, dtypes[kind], batch ? ["batch", ...shape.slice(1)] : shape);
  }
  const lowering = new AtenLowering(builder, "pt2");
  const values = new Map(Object.keys(inputs).map((name): [string, AtenValue] => [name, lowering.input(name)]));
  const got = run(lowering, steps, values, result, size);
  builder.output(got.value);
  const session = await backend.load(builder.build("case"));
  const feeds = Object.entries(inputs).map(
    ([name, tensor]) => [name, { shape: tensor.shape, data: typedData(tensor) }] as const,
  );
  const outputs = await session.run(new Map(feeds));
  await session.release();
  const output = outputs.get(got.value)!;
  assert.deepEqual(output.shape, expected.shape);
  compare(Array.from(output.data, Number), expected);
}

function checkFolded({ inputs, steps, result, expected }: CaseProgram): void {
  const lowering = new AtenLowering(new GraphBuilder(), "pt2");
  const values = new Map(
    Object.entries(inputs).map(([name, tensor]): [string, AtenValue] => [name, lowering.constant(tensorOf(tensor))]),
  );
  const got = run(lowering, steps, values, result, (factor) => factor * samples);
  compare(Array.from(lowering.dataOf(got) ?? assert.fail("not known")), expected);
}

function run(
  lowering: AtenLowering,
  steps: CaseProgram["steps"],
  values: Map<string, AtenValue>,
  result: string,
  toSize: (factor: number, offset: number) => AtenValue,
): AtenTensor {
  for (const [name, op, args] of steps) {
    const given = args.map((arg) =>
      atenValue(
        arg,
        (tensor) => lowering.constant(tensorOf(tensor)),
        toSize,
        (ref) => values.get(ref) ?? null,
      ),
    );
    values.set(name, lowering.call(op, given, new Map()));
  }
  const got = values.get(result);
  assert.ok(isTensor(got));
  return got;
}
