import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { onnxRuntime } from "../../../../src/compute/backends/onnxRuntime.ts";
import { GraphBuilder } from "../../../../src/core/graph/builder.ts";
import { type DType, elementCount, type Tensor } from "../../../../src/core/graph/tensor.ts";
import { AtenLowering } from "../../../../src/core/lowering/aten/lowering.ts";
import { type AtenTensor, type AtenValue, isTensor, size, sizeFor } from "../../../../src/core/lowering/aten/value.ts";

/** A tensor of the cases that `test/fixtures/aten/makeCases.py` writes. */
interface CaseTensor {
  readonly kind: "float" | "int" | "bool";
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
  /** Whether its first axis is the samples', two in all cases. */
  readonly batch?: true;
}

type CaseValue =
  | CaseTensor
  | { readonly size: number }
  | { readonly float: number | string }
  | readonly CaseValue[]
  | number
  | boolean
  | string
  | null;

interface Case {
  readonly op: string;
  readonly args: readonly CaseValue[];
  readonly named?: Readonly<Record<string, CaseValue>>;
  readonly expected: CaseValue;
}

const samples = 2;
/** Relative to the largest element, or absolute below 1: PyTorch and ONNX Runtime sum in different orders. */
const tolerance = 1e-5;

const file = resolve(import.meta.dirname, "../../../fixtures/aten/cases.json");
const cases = JSON.parse(readFileSync(file, "utf8")) as readonly Case[];
const backend = onnxRuntime("cpu", 1);
const dtypes = { float: "float32", int: "int64", bool: "bool" } as const satisfies Record<string, DType>;

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

function compare(got: readonly number[], { data }: CaseTensor): void {
  assert.equal(got.length, data.length);
  for (const [i, text] of data.entries()) {
    const want = toNumber(text);
    const element = got[i]!;
    const isSame = Object.is(element, want) || element === want;
    const error = Math.abs(element - want) / Math.max(1, Math.abs(want));
    assert.ok(isSame || error < tolerance, `element ${i}: ${element} instead of ${want}`);
  }
}

function isCaseTensor(value: CaseValue): value is CaseTensor {
  return typeof value === "object" && value !== null && "kind" in value;
}

function* tensorsOf(values: readonly CaseValue[]): Generator<CaseTensor> {
  for (const value of values) {
    if (Array.isArray(value)) yield* tensorsOf(value);
    else if (isCaseTensor(value)) yield value;
  }
}

/** Results with what is expected of them; what is expected to be missing is left out. */
function* leaves(got: AtenValue, want: CaseValue): Generator<[AtenTensor, CaseTensor]> {
  if (Array.isArray(want)) {
    assert.ok(Array.isArray(got));
    assert.equal(got.length, want.length);
    for (const [i, each] of want.entries()) yield* leaves(got[i] ?? null, each);
  } else if (isCaseTensor(want)) {
    assert.ok(isTensor(got));
    yield [got, want];
  }
}

function atenValue(
  value: CaseValue,
  toTensor: (tensor: CaseTensor) => AtenTensor,
  toSize: (factor: number, offset: number) => AtenValue,
): AtenValue {
  if (typeof value !== "object" || value === null) return typeof value === "string" ? numberIn(value) : value;
  if (Array.isArray(value)) return value.map((each) => atenValue(each, toTensor, toSize));
  if (isCaseTensor(value)) return toTensor(value);
  if ("size" in value) return toSize(value.size, 0);
  return "float" in value ? { kind: "float", value: toNumber(value.float) } : null;
}

function mapOf(named: Readonly<Record<string, CaseValue>>, toValue: (value: CaseValue) => AtenValue) {
  return new Map(Object.entries(named).map(([name, value]) => [name, toValue(value)]));
}

/** JSON has no infinities: they are written as texts. */
function numberIn(text: string): string | number {
  return /^-?inf$|^nan$/.test(text) ? toNumber(text) : text;
}

function toNumber(value: number | string): number {
  return typeof value === "number" ? value : Number(value.replace("inf", "Infinity"));
}

function typedData({ kind, data }: CaseTensor): Float32Array | BigInt64Array | Uint8Array {
  if (kind === "int") return BigInt64Array.from(data, (each) => BigInt(each));
  const numbers = data.map(toNumber);
  return kind === "bool" ? Uint8Array.from(numbers) : Float32Array.from(numbers);
}

function tensorOf(tensor: CaseTensor): Tensor {
  const data = typedData(tensor);
  assert.equal(data.length, elementCount(tensor.shape));
  return { dtype: dtypes[tensor.kind], shape: tensor.shape, bytes: () => new Uint8Array(data.buffer.slice(0)) };
}
