import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeNpy } from "../../src/core/formats/npy.ts";
import { writeOnnx } from "../../src/core/formats/onnx/writer.ts";
import { makeNode, type Program } from "../../src/core/graph/graph.ts";
import { int64Tensor } from "../../src/core/graph/tensor.ts";
import { report } from "./likeness.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

/**
 * The oracle's representations through the whole road: a network that only hands on its share of the features, float32
 * samples, Grams in the runtime.
 */

type Rows = readonly (readonly number[])[];
interface Oracle {
  readonly cases: Readonly<Record<string, { readonly X: Rows; readonly Y: Rows }>>;
  readonly consensus: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

/** Features `[first, last)` of the input, unchanged. */
function share(width: number, first: number, last: number): Program {
  return {
    irVersion: 8,
    opsets: new Map([["", 17]]),
    functions: [],
    producer: "",
    metadata: new Map(),
    graph: {
      name: "share",
      inputs: [{ name: "x", dtype: "float32", shape: ["n", width] }],
      outputs: [{ name: "y", dtype: "float32", shape: ["n", last - first] }],
      nodes: [makeNode("Slice", ["x", "first", "last", "axis"], ["y"])],
      initializers: new Map([
        ["first", int64Tensor([1], [first])],
        ["last", int64Tensor([1], [last])],
        ["axis", int64Tensor([1], [1])],
      ]),
      valueTypes: new Map(),
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), "likeness-oracle-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Both estimates of one case, from the command line. */
async function compare(name: string, x: Rows, y: Rows): Promise<(id: string) => number | null> {
  const [dx, dy] = [x[0]?.length ?? 0, y[0]?.length ?? 0];
  const path = (suffix: string) => join(folder, `${name}${suffix}`);
  const rows = Float32Array.from(x.flatMap((row, i) => [...row, ...(y[i] ?? [])]));
  writeFileSync(path(".npy"), writeNpy("float32", [x.length, dx + dy], new Uint8Array(rows.buffer)));
  writeFileSync(path("-x.onnx"), writeOnnx(share(dx + dy, 0, dx)));
  writeFileSync(path("-y.onnx"), writeOnnx(share(dx + dy, dx, dx + dy)));
  const result = await report(
    "compare",
    path("-x.onnx"),
    path("-y.onnx"),
    ...["--probe", path(".npy"), "--estimator", "full", "--measures", "all", "--preprocess", "none"],
  );
  return (id) => result.measures?.[id]?.values[0]?.[0] ?? null;
}

test("every oracle case through the runtime, in float32", { skip: withoutShared }, async (t) => {
  const oracle = JSON.parse(readFileSync(join(sharedFolder() ?? "", "oracle/oracle.json"), "utf8")) as Oracle;
  let [checked, worst] = [0, 0];
  for (const [name, { X, Y }] of Object.entries(oracle.cases)) {
    const ours = await compare(name, X, Y);
    for (const id of ["cka.linear.biased", "cka.linear.unbiased"]) {
      const expected = oracle.consensus[name]?.[id] ?? null;
      if (name === "constant_X") assert.equal(ours(id), null, "a constant layer has no CKA");
      if (expected === null) continue;
      const off = Math.abs((ours(id) ?? Number.NaN) - expected);
      assert.ok(off <= 1e-5, `${name} ${id}: ${ours(id)} for ${expected}`);
      worst = Math.max(worst, off);
      checked++;
    }
    if (name === "large_offset_n16_d8") {
      const off = Math.abs((ours("cka.linear.unbiased") ?? Number.NaN) - 0.47934977);
      t.diagnostic(`features with a mean of 1000: off by ${off.toExponential(1)}`);
      assert.ok(off <= 1e-5);
    }
  }
  t.diagnostic(`${checked} values, worst |ours − consensus| = ${worst.toExponential(1)}`);
  assert.ok(checked >= 38);
});
