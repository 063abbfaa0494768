import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceSession } from "onnxruntime-node";
import { writeOnnx } from "../../../../src/core/formats/onnx/writer.ts";
import { engineOperators } from "../../../../src/core/graph/engineOperators.ts";
import { makeNode, type Program } from "../../../../src/core/graph/graph.ts";
import { refuseUnsupported, unsupportedOperators } from "../../../../src/core/graph/operators.ts";
import { operatorChanges } from "../../../../src/core/graph/upgrade/operators.ts";
import { upgrade } from "../../../../src/core/graph/upgrade.ts";
import { graphAttribute, int, makeGraph, makeProgram, value } from "../../../fixtures/onnxPrograms.ts";

/** What the runtime says to a graph of one node without inputs: of the operators that it knows, something else. */
const unknown = /No Op registered|not a registered|is deprecated/;

async function knows(domain: string, op: string, opset: number): Promise<boolean> {
  const program: Program = {
    ...makeProgram(21, { nodes: [{ ...makeNode(op, [], ["y"]), domain }], outputs: [value("y", undefined)] }),
    opsets: new Map([["", 21], ["ai.onnx.ml", 4], ["com.microsoft", 1], ...[[domain, opset] as const]]),
  };
  try {
    const session = await InferenceSession.create(writeOnnx(program), { logSeverityLevel: 4 });
    await session.release();
    return true;
  } catch (error) {
    return !unknown.test(String(error));
  }
}

test("the runtime knows every operator that the table lists", async (t) => {
  const strangers: string[] = [];
  let asked = 0;
  for (const domain of ["", "ai.onnx.ml", "com.microsoft"]) {
    for (const [op, { from, to }] of engineOperators(domain)) {
      const newest = domain === "ai.onnx.ml" && op.startsWith("TreeEnsemble") && op !== "TreeEnsemble" ? 4 : to;
      const oldest = op === "TreeEnsemble" ? 5 : from;
      for (const opset of new Set([oldest, newest])) {
        asked++;
        if (!(await knows(domain, op, opset))) strangers.push(`${domain}.${op} ${opset}`);
      }
    }
  }
  assert.deepEqual(strangers, []);
  assert.equal(await knows("", "Nonsense", 21), false);
  t.diagnostic(`${asked} questions`);
});

test("unsupported operators are listed at once, wherever they are", () => {
  const custom = (name: string, output: string) => ({
    ...makeNode("Fancy", ["x"], [output], {}, name),
    domain: "acme",
  });
  const branch = graphAttribute(makeGraph({ nodes: [custom("inner", "r")], outputs: ["r"] }));
  const program: Program = {
    ...makeProgram(21, {
      nodes: [
        custom("first", "a"),
        makeNode("Nonsense", ["x"], ["b"]),
        makeNode("If", ["x"], ["c"], { then_branch: branch, else_branch: branch }),
        { ...makeNode("Mine", ["x"], ["d"]), domain: "acme" },
        makeNode("constructor", ["x"], ["e"]),
      ],
      inputs: [value("x", [1])],
      outputs: ["a"],
    }),
    functions: [
      {
        name: "Mine",
        domain: "acme",
        inputs: ["p"],
        outputs: ["q"],
        attributes: [],
        nodes: [makeNode("Swish", ["p"], ["q"], {}, "swish")],
        opsets: new Map([["", 21]]),
        opaque: new Uint8Array(0),
      },
    ],
  };
  assert.deepEqual(unsupportedOperators(program), [
    { domain: "acme", op: "Fancy", count: 3, nodes: ["first", "inner", "inner"] },
    { domain: "", op: "Nonsense", count: 1, nodes: ["b"] },
    { domain: "", op: "constructor", count: 1, nodes: ["e"] },
    { domain: "", op: "Swish", count: 1, nodes: ["swish"] },
  ]);
  assert.throws(() => refuseUnsupported(program), {
    code: "onnx/unsupported-op",
    message: /acme\.Fancy \(3 nodes: first, inner, inner\); Nonsense \(1 node: b\)/,
  });
});

test("operators that are upgraded count as supported", () => {
  const old = makeProgram(8, {
    nodes: [makeNode("Affine", ["x"], ["h"]), makeNode("Upsample", ["h"], ["y"], { mode: int(0) })],
    inputs: [value("x", [1])],
    outputs: ["y"],
  });
  assert.deepEqual(unsupportedOperators(old), []);
  const scale = makeProgram(8, { nodes: [makeNode("Scale", ["x"], ["y"])], inputs: [value("x", [1])], outputs: ["y"] });
  assert.equal(unsupportedOperators(scale)[0]?.op, "Scale");
  assert.equal(unsupportedOperators(upgrade(scale))[0]?.op, "Scale");
  for (const [op, { until }] of operatorChanges) assert.ok(until <= 21, op);
});
