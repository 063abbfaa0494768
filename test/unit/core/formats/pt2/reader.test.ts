import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { zipSync } from "fflate";
import { onnxRuntime } from "../../../../../src/compute/backends/onnxRuntime.ts";
import { Failure } from "../../../../../src/core/failure.ts";
import { type ByteSource, bytesSource } from "../../../../../src/core/formats/byteSource.ts";
import { readPt2 } from "../../../../../src/core/formats/pt2/reader.ts";
import { encodeUtf8 } from "../../../../../src/core/formats/utf8.ts";
import { moduleNote } from "../../../../../src/core/graph/builder.ts";
import type { Program } from "../../../../../src/core/graph/graph.ts";
import { toFloat64 } from "../../../../../src/core/graph/numbers.ts";
import type { Shape } from "../../../../../src/core/graph/shapes/value.ts";
import {
  batchSize,
  description,
  type ExportParts,
  exportArchive,
  node,
  payload,
  tensor,
} from "../../../../fixtures/pt2Export.ts";

const aten = (name: string) => `torch.ops.aten.${name}`;
const whole = (value: number) => ({ as_int: value });
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe("exports of torch.export", () => {
  it("take any number of samples where the export says so", async () => {
    const program = programOf({});
    assert.deepEqual(program.graph.inputs[0]?.shape, ["batch", 3]);
    assert.deepEqual(await answers(program, [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]), [2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });

  it("keep parameters under their own names and constants out of the way", async () => {
    const parts: ExportParts = {
      inputs: [
        { parameter: { arg: { name: "p_w" }, parameter_name: "fc.weight" } },
        { buffer: { arg: { name: "b_scale" }, buffer_name: "scale", persistent: false } },
      ],
      nodes: [
        node(aten("linear.default"), { input: tensor("x"), weight: tensor("p_w") }, [tensor("linear")], "fc"),
        node(aten("exp.default"), { self: tensor("b_scale") }, [tensor("exp")]),
        node(aten("mul.Tensor"), { self: tensor("linear"), other: tensor("exp") }, [tensor("y")], "act@1"),
      ],
      weights: { "fc.weight": payload("weight_0", [2, 3]) },
      constants: { scale: payload("tensor_0", [1]) },
      members: {
        "net/data/weights/weight_0": floats(1, 0, 0, 0, 1, 1),
        "net/data/constants/tensor_0": floats(Math.log(2)),
      },
    };
    const { weights } = readPt2(exportArchive(parts));
    assert.deepEqual([...weights.tensors.keys()], ["fc.weight"]);
    const program = programOf(parts);
    assert.deepEqual([...toFloat64(program.graph.initializers.get("fc.weight")!)], [1, 0, 0, 0, 1, 1]);
    const modules = program.graph.nodes.map(({ op, metadata }) => [op, metadata?.get(moduleNote)]);
    assert.deepEqual(modules, [
      ["Gemm", "fc"],
      ["Mul", "act"],
    ]);
    const [a, b] = await answers(program, [1, 3], [1, 2, 3]);
    assert.ok(Math.abs(a! - 2) < 1e-6 && Math.abs(b! - 10) < 1e-6);
  });

  it("are read from the members that older versions wrote, all union members written out", async () => {
    const everyMember = (value: unknown) => ({ as_tensor: null, as_int: null, as_none: false, ...(value as object) });
    const nodes = [
      node(aten("mul.Scalar"), { self: everyMember(tensor("x")), other: everyMember({ as_float: 0.5 }) }, [
        tensor("z"),
      ]),
      node(aten("lt.Scalar"), { self: tensor("z"), other: { as_float: 1 } }, [tensor("m")]),
      node(aten("masked_fill.Scalar"), { self: tensor("z"), mask: tensor("m"), value: { as_float: 7 } }, [tensor("y")]),
    ];
    // Bare words for numbers that JSON does not have.
    const old = description({ nodes, edit: (json) => json.replace('{"as_float":7}', '{"as_float": -Infinity}') });
    const members = { "serialized_exported_program.json": encodeUtf8(old), version: encodeUtf8("8.2") };
    const { architecture } = readPt2(bytesSource("old.pt2", zipSync(members)));
    const program = architecture!.program();
    assert.deepEqual(await answers(program, [1, 3], [1, 2, 3]), [-Infinity, 1, 1.5]);
  });

  it("work sizes out from the export's expressions", async () => {
    const half = "FloorDiv(Mul(Integer(4), Symbol('s77', positive=True, integer=True)), Integer(2))";
    const program = programOf({
      sizes: [batchSize, whole(4)],
      integers: { half: { as_expr: { expr_str: half, hint: whole(4) } } },
      nodes: [
        node("_operator.floordiv", { a: { as_int: 4 } }, [{ as_sym_int: { as_name: "half" } }]),
        node(aten("view.default"), { self: tensor("x"), size: { as_sym_ints: [{ as_name: "half" }, whole(2)] } }, [
          tensor("y"),
        ]),
      ],
    });
    assert.deepEqual(program.graph.outputs[0]?.shape, ["2*batch", 2]);
    assert.deepEqual(await answers(program, [1, 4], [1, 2, 3, 4]), [1, 2, 3, 4]);
  });

  it("take the size of a sample for the other symbols", () => {
    const side = { as_expr: { expr_str: "s1", hint: { as_int: 8 } } };
    const { architecture } = readPt2(exportArchive({ sizes: [batchSize, whole(3), side, side] }));
    assert.deepEqual(architecture?.sampleShape, [3, "s1", "s1"]);
    assert.deepEqual(architecture?.program([3, 5, 5]).graph.inputs[0]?.shape, ["batch", 3, 5, 5]);
    assert.deepEqual(architecture?.program().graph.inputs[0]?.shape, ["batch", 3, 8, 8]);
  });

  it("run the graphs that nodes call, and skip checks", async () => {
    const inner = {
      inputs: [tensor("a")],
      outputs: [tensor("b")],
      nodes: [node(aten("neg.default"), { self: tensor("a") }, [tensor("b")])],
    };
    const program = programOf({
      nodes: [
        node(aten("_assert_tensor_metadata.default"), { a: tensor("x") }, []),
        {
          target: "torch.ops.higher_order.wrap_with_set_grad_enabled",
          inputs: [{ as_bool: false }, { as_graph: { name: "g", graph: inner } }, tensor("x")].map((arg) => ({
            name: "",
            arg,
          })),
          outputs: [{ as_tensors: [{ name: "y" }] }],
          metadata: {},
        },
      ],
    });
    assert.deepEqual(await answers(program, [1, 3], [1, 2, 3]), [-1, -2, -3]);
  });

  it("are run in evaluation mode though exported in training mode, and say so", async () => {
    const parts: ExportParts = {
      nodes: [
        node(aten("dropout.default"), { input: tensor("x"), p: { as_float: 0.5 }, train: { as_bool: true } }, [
          tensor("d"),
        ]),
        node(aten("relu.default"), { self: tensor("d") }, [tensor("y")]),
      ],
    };
    const checkpoint = readPt2(exportArchive(parts));
    assert.deepEqual(await answers(checkpoint.architecture!.program(), [1, 3], [1, -2, 3]), [1, 0, 3]);
    checkpoint.architecture!.program();
    assert.deepEqual(
      checkpoint.provenance.notices.map(({ code }) => code),
      ["pt2/training-mode"],
    );
  });
});

describe("exports that cannot be run are refused", () => {
  const statistics = { training: { as_bool: true }, momentum: { as_float: 0.1 }, eps: { as_float: 1e-5 } };
  const none = { as_none: true };
  const refusals: readonly (readonly [string, ExportParts])[] = [
    ["pt2/unsupported-op", { nodes: [node(aten("fft_fft.default"), { self: tensor("x") }, [tensor("y")])] }],
    [
      "pt2/training-mode",
      {
        nodes: [
          node(
            aten("batch_norm.default"),
            { input: tensor("x"), weight: none, bias: none, running_mean: none, running_var: none, ...statistics },
            [tensor("y")],
          ),
        ],
      },
    ],
    ["pt2/malformed", { nodes: [node(aten("relu.default"), { self: tensor("nowhere") }, [tensor("y")])] }],
    ["pt2/union", { nodes: [node(aten("relu.default"), { self: { as_int: 1, as_bool: true } }, [tensor("y")])] }],
    [
      "pt2/bad-argument",
      { nodes: [node(aten("relu.default"), { other: tensor("x"), self: tensor("x") }, [tensor("y")])] },
    ],
    ["pt2/missing-payload", { weights: { w: payload("weight_0", [2]) } }],
    [
      "pt2/short-payload",
      { weights: { w: payload("weight_0", [2]) }, members: { "net/data/weights/weight_0": floats(1) } },
    ],
    ["pt2/payload-path", { weights: { w: payload("../../secret", [2]) } }],
    ["pt2/payload-path", { weights: { w: payload("..", [2]) } }],
    ["pt2/missing-payload", { inputs: [{ parameter: { arg: { name: "p" }, parameter_name: "w" } }] }],
    ["pt2/malformed", { edit: (json) => json.slice(1) }],
    ["pt2/malformed", { edit: () => "[]" }],
    ["torch/big-endian", { members: { "net/byteorder": encodeUtf8("big") } }],
  ];
  for (const [code, parts] of refusals) {
    it(code, () => assert.throws(() => programOf(parts), isFailure(code)));
  }

  it("with every unknown operator at once", () => {
    const unknown = (name: string, output: string) => node(aten(name), { self: tensor("x") }, [tensor(output)], "head");
    const nodes = [unknown("fft_fft.default", "a"), unknown("fft_fft.default", "b"), unknown("geqrf.default", "y")];
    assert.throws(
      () => programOf({ nodes }),
      (error) =>
        error instanceof Failure &&
        /aten\.fft_fft\.default \(2×: head\); aten\.geqrf\.default \(1×: head\)/.test(error.message),
    );
  });

  it("where only compiled code is there", () => {
    const members = { "net/archive_format": encodeUtf8("pt2"), "net/data/aotinductor/model/a.so": new Uint8Array(4) };
    assert.throws(() => readPt2(bytesSource("net.pt2", zipSync(members))), isFailure("pt2/aotinductor-only"));
  });
});

function programOf(parts: ExportParts, sampleShape?: Shape): Program {
  return read(exportArchive(parts)).program(sampleShape);
}

function read(source: ByteSource) {
  return readPt2(source).architecture ?? assert.fail("it holds no architecture");
}

function isFailure(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, code);
    assert.equal(error.file, "net.pt2");
    return true;
  };
}

async function answers(program: Program, shape: readonly number[], data: readonly number[]): Promise<number[]> {
  const session = await onnxRuntime("cpu", 1).load(program);
  const results = await session.run(new Map([["x", { shape, data: Float32Array.from(data) }]]));
  await session.release();
  return Array.from(results.get(program.graph.outputs[0]!.name)!.data, Number);
}
