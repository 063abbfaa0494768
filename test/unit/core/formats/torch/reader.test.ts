import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { unzipSync, zipSync } from "fflate";
import { fileSource } from "../../../../../src/compute/files.ts";
import { bytesSource } from "../../../../../src/core/formats/byteSource.ts";
import type { Checkpoint } from "../../../../../src/core/formats/checkpoint.ts";
import { readTorch } from "../../../../../src/core/formats/torch/reader.ts";
import { toFloat64 } from "../../../../../src/core/graph/numbers.ts";

/** Made by `make_torch.py`, with what PyTorch reads from each. */
const folder = join(import.meta.dirname, "../../../../fixtures/torch");

interface Expected {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const expected: Record<string, Record<string, Expected>> = JSON.parse(
  readFileSync(join(folder, "expected.json"), "utf8"),
);

function read(name: string): Checkpoint {
  return readTorch(fileSource(join(folder, name)));
}

function described({ weights }: Checkpoint): Record<string, Expected> {
  const entries = Array.from(weights.tensors, ([name, tensor]) => {
    return [name, { dtype: tensor.dtype, shape: [...tensor.shape], values: [...toFloat64(tensor)] }] as const;
  });
  return Object.fromEntries(entries);
}

for (const [name, tensors] of Object.entries(expected)) {
  test(`${name} gives the names, shapes, types and numbers that PyTorch gives`, () => {
    const checkpoint = read(name);
    assert.deepEqual(described(checkpoint), tensors);
    assert.deepEqual([...checkpoint.weights.tensors.keys()], Object.keys(tensors));
    assert.equal(checkpoint.weights.inModuleOrder, true);
  });
}

test("contiguous tensors say where their bytes are, in every container", () => {
  for (const name of ["state.pt", "state_legacy.pth", "views.pt", "views_legacy.pth"]) {
    const file = fileSource(join(folder, name));
    for (const [key, tensor] of readTorch(file).weights.tensors) {
      const place = tensor.stored?.source.place;
      if (tensor.stored === undefined || place === undefined) assert.match(key, /^(turned|part|spread|none)/);
      else {
        assert.equal(place.file, file.name);
        const bytes = tensor.bytes();
        assert.deepEqual(file.read(place.offset + tensor.stored.offset, bytes.length), bytes, key);
      }
    }
  }
});

test("the bytes of a tensor belong to the caller", () => {
  const source = bytesSource("state.pt", readFileSync(join(folder, "state.pt")));
  const tensor = readTorch(source).weights.tensors.get("head.weight");
  tensor?.bytes().fill(0);
  assert.notEqual(tensor?.bytes()[0], 0);
});

test("an archive that was packed anew is read as well", () => {
  const packed = zipSync(unzipSync(readFileSync(join(folder, "state.pt"))), { level: 9 });
  assert.deepEqual(described(readTorch(bytesSource("state.pt", packed))), expected["state.pt"]);
});

test("a whole module tells what its parts were made with", () => {
  for (const [name, prefix] of [
    ["module.pt", ""],
    ["module_legacy.pth", "module."],
  ] as const) {
    const { provenance } = read(name);
    assert.equal(provenance.prefix, prefix);
    const { modules } = provenance;
    assert.deepEqual(
      Array.from(modules ?? [], ([path, { className }]) => `${path}: ${className.split(".").at(-1)}`),
      ["Sequential", "Block", "Conv2d", "BatchNorm2d", "LeakyReLU", "Flatten", "Linear"].map((className, i) => {
        return `${["", "block", "block.conv", "block.norm", "block.act", "flat", "head"][i]}: ${className}`;
      }),
    );
    const conv = modules?.get("block.conv");
    assert.equal(conv?.className, "torch.nn.modules.conv.Conv2d");
    assert.deepEqual(
      ["stride", "padding", "kernel_size", "groups", "padding_mode"].map((key) => conv?.attributes.get(key)),
      [[2, 2], [1, 1], [3, 3], 1, "zeros"],
    );
    assert.equal(modules?.get("block.norm")?.attributes.get("eps"), 1e-3);
    assert.equal(modules?.get("block.act")?.attributes.get("negative_slope"), 0.2);
    assert.deepEqual(
      provenance.notices.map(({ code }) => code),
      ["pickle/foreign-class"],
    );
    assert.match(provenance.notices[0]?.message ?? "", /__main__\.Block/);
  }
});

test("a trainer's dictionary gives weights, averages and facts, and never the optimiser's", () => {
  const { provenance } = read("trainer.ckpt");
  assert.equal(provenance.prefix, "model.");
  assert.deepEqual(Object.fromEntries(provenance.facts), {
    container: "zip",
    epoch: "3",
    global_step: "120",
    best_acc1: "61.5",
    lr: "0.125",
    "pytorch-lightning_version": "2.0.0",
    "hyper_parameters.width": "16",
    "hyper_parameters.name": "wide",
    weights: "state_dict",
  });
  assert.deepEqual([...provenance.alternatives.keys()], ["ema_state_dict"]);
  const average = provenance.alternatives.get("ema_state_dict")?.tensors.get("a.weight");
  assert.deepEqual(average && [...toFloat64(average)], [2.5, -1, 1.25, 9]);
  assert.deepEqual(provenance.notices, []);
});

test("the robustness library's normaliser becomes the preprocessing", () => {
  const { provenance } = read("robustness.pt.best");
  assert.equal(provenance.prefix, "module.model.");
  assert.deepEqual(provenance.preprocessing, { mean: [0.5, 0.25, 0.125], std: [0.5, 1, 2] });
});

test("what cannot be read as a plain tensor is named", () => {
  const codes = (name: string) => read(name).provenance.notices.map(({ code }) => code);
  assert.deepEqual(codes("quantised.pt"), ["torch/quantised"]);
  assert.deepEqual(codes("sparse.pt"), ["torch/sparse-tensor"]);
  assert.match(read("sparse.pt").provenance.notices[0]?.message ?? "", /sparse\.weight \(sparse tensor\)/);
});

test("files that are cut off are told as such", () => {
  const whole = readFileSync(join(folder, "state_legacy.pth"));
  const cut = (length: number) => () => readTorch(bytesSource("cut.pth", whole.subarray(0, length)));
  assert.throws(cut(whole.length - 1), { code: "torch/truncated", file: "cut.pth" });
  assert.throws(cut(600), { code: "pickle/truncated", file: "cut.pth" });
  const zip = readFileSync(join(folder, "state.pt"));
  assert.throws(() => readTorch(bytesSource("cut.pt", zip.subarray(0, -30))), { code: "zip/no-end-record" });
});

test("other files are refused by name", () => {
  const code = (text: string | Uint8Array) => {
    const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
    return () => readTorch(bytesSource("x.pt", bytes));
  };
  assert.throws(code(""), { code: "empty-file" });
  assert.throws(code("version https://git-lfs.github.com/spec/v1\n"), { code: "git-lfs-pointer" });
  assert.throws(code("<!DOCTYPE html>"), { code: "not-a-checkpoint" });
  assert.throws(code("Hello, world"), { code: "not-a-checkpoint" });
  assert.throws(code("(lp0\n."), { code: "torch/bad-magic" });
  assert.throws(code("\x80\x02}."), { code: "no-tensors" });
  assert.throws(code(zipSync({ "a/b.txt": new Uint8Array(3) })), { code: "torch/no-pickle" });
  const big = { ...unzipSync(readFileSync(join(folder, "state.pt"))), "state/byteorder": Buffer.from("big") };
  assert.throws(code(zipSync(big, { level: 0 })), { code: "torch/big-endian" });
});
