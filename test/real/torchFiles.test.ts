import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileSource } from "../../src/compute/files.ts";
import { Failure } from "../../src/core/failure.ts";
import type { Checkpoint } from "../../src/core/formats/checkpoint.ts";
import { readTorch } from "../../src/core/formats/torch/reader.ts";
import { toFloat64 } from "../../src/core/graph/numbers.ts";
import type { Tensor } from "../../src/core/graph/tensor.ts";
import { sharedFolder, withoutShared } from "./shared.ts";

const assets = join(sharedFolder() ?? "", "assets");

interface TorchTensor {
  readonly shape: readonly number[];
  readonly digest: string;
  readonly sum: string;
}

/** What PyTorch reads from each file by full names, `{ error }` where it fails; `undefined` without a PyTorch. */
function torchReads(files: readonly string[]): Record<string, Record<string, TorchTensor>> | undefined {
  const script = join(import.meta.dirname, "torch_values.py");
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const text = execFileSync(python, [script, ...files], {
        maxBuffer: 2 ** 28,
        stdio: ["ignore", "pipe", "ignore"],
      });
      return JSON.parse(text.toString("utf8"));
    } catch {
      // Another Python may have it.
    }
  }
  return undefined;
}

/** The name that a tensor has in the file. */
function fullName({ provenance }: Checkpoint, name: string): string {
  const place = provenance.facts.get("weights");
  return `${place === undefined ? "" : `${place}.`}${provenance.prefix}${name}`;
}

function absoluteSum(tensor: Tensor): number {
  let sum = 0;
  for (const value of toFloat64(tensor)) sum += Math.abs(value);
  return sum;
}

test("every tensor has the bytes that PyTorch reads", { skip: withoutShared }, (t) => {
  const patterns = [
    "torch-reader-cases/**/*.pt",
    "torch-{cifar10,robust}*/**/*.{pt,pth,th}",
    "donor-*/*.{pt,pth}",
    "crossformat-kw/*.{pt,pth,ckpt,best,tar}",
  ];
  const files = patterns.flatMap((pattern) => globSync(join(assets, pattern))).sort();
  const expected = torchReads(files);
  if (expected === undefined) return t.skip("not run: no Python with PyTorch");
  let [tensors, bytes, worst] = [0, 0, 0];
  const refused: string[] = [];
  for (const file of files) {
    const known: ReadonlyMap<string, TorchTensor> = new Map(Object.entries(expected[file] ?? {}));
    if (known.has("error")) {
      refused.push(file.slice(assets.length + 1));
      assert.throws(() => readTorch(fileSource(file)), { code: "not-a-checkpoint" }, file);
      continue;
    }
    const checkpoint = readTorch(fileSource(file));
    const inFile = Array.from(
      checkpoint.weights.tensors,
      ([name, tensor]) => [fullName(checkpoint, name), tensor] as const,
    );
    for (const [name, tensor] of inFile) {
      const reference = known.get(name);
      const read = tensor.bytes();
      assert.ok(reference, `${file}: ${name}`);
      assert.deepEqual(tensor.shape, reference.shape, `${file}: ${name}`);
      assert.equal(createHash("sha256").update(read).digest("hex"), reference.digest, `${file}: ${name}`);
      if (tensor.stored !== undefined) {
        const { source, offset } = tensor.stored;
        assert.deepEqual(source.read(offset, read.length), read, `${file}: ${name} as stored`);
      }
      const [ours, theirs] = [absoluteSum(tensor), Number(reference.sum.replace("inf", "Infinity"))];
      const difference = Object.is(ours, theirs) ? 0 : Math.abs(ours - theirs) / Math.max(1, Math.abs(theirs));
      assert.ok(difference < 1e-12, `${file}: ${name} adds up to ${ours}, not ${reference.sum}`);
      worst = Math.max(worst, difference);
      bytes += read.length;
    }
    tensors += inFile.length;
  }
  assert.deepEqual(refused, ["torch-reader-cases/src/pytorch/tests/reader/test_data/broken.pt"]);
  t.diagnostic(
    `${files.length - refused.length} files, ${tensors} tensors, ${(bytes / 2 ** 20).toFixed(1)} MiB equal; ` +
      `sums of absolute values within ${worst.toExponential(1)}`,
  );
});

test("the tar files of PyTorch 0.1 are read", { skip: withoutShared }, () => {
  const read = (name: string) => {
    const folder = join(assets, "torch-reader-cases/src/pytorch/tests/reader/test_data");
    return [...readTorch(fileSource(join(folder, name))).weights.tensors];
  };
  const listed = (name: string) => read(name).map(([key, { dtype, shape }]) => `${key} ${dtype} ${shape.join("x")}`);
  assert.deepEqual(listed("tar_weight_bias.tar"), ["weight float32 2x3", "bias float32 2"]);
  assert.deepEqual(listed("tar_multi_dtype.tar"), [
    "float_tensor float32 3",
    "double_tensor float64 2",
    "int_tensor int64 4",
  ]);
  const values = read("tar_weight_bias.tar").flatMap(([, tensor]) => [...toFloat64(tensor)]);
  assert.deepEqual(values, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.01, 0.02].map(Math.fround));
  for (const name of ["tar_2d_tensor", "tar_float32", "tar_float64", "tar_int64"])
    assert.equal(read(`${name}.tar`).length, 1);
});

test("every container of one network gives its weights under its own names", { skip: withoutShared }, (t) => {
  const folder = join(assets, "crossformat-kw");
  const files = readFileNames(folder);
  // The trainers' and the half-precision files hold the first network one step of training later.
  const references = new Map(
    ["kw_mnist.state_dict.pt", "kw_fashion.state_dict.pt", "checkpoint_epoch_3.pt"].map(
      (name) => [name, weightsOf(join(folder, name))] as const,
    ),
  );
  const referenceOf = (file: string) => {
    const [net] = /^kw_(mnist|fashion)(?!\.(bf|fp)16)/.exec(file) ?? [];
    return references.get(net === undefined ? "checkpoint_epoch_3.pt" : `${net}.state_dict.pt`) ?? new Map();
  };
  const widest = new Map<string, number>();
  for (const file of files) {
    const checkpoint = readTorch(fileSource(join(folder, file)));
    const kinds = new Set(Array.from(checkpoint.weights.tensors.values(), ({ dtype }) => dtype));
    const [dtype = "float32"] = kinds;
    // Half a unit in the last place, relative; subnormal float16 are off by at most 2^-25.
    const precision = { float16: 2 ** -11, bfloat16: 2 ** -8 }[dtype as string] ?? 0;
    const weights = weightsOf(join(folder, file));
    const reference = referenceOf(file);
    assert.deepEqual([...weights.keys()], [...reference.keys()], file);
    for (const [name, values] of weights) {
      for (const [i, value] of (reference.get(name) ?? []).entries()) {
        const error = Math.abs((values[i] ?? 0) - value);
        assert.ok(error <= Math.max(precision * Math.abs(value), precision && 2 ** -25), `${file}: ${name}[${i}]`);
      }
    }
    widest.set(dtype, Math.max(widest.get(dtype) ?? 0, largest(weights, reference)));
  }
  t.diagnostic(`${files.length} files; largest differences ${JSON.stringify(Object.fromEntries(widest))}`);
});

test("trainers' dictionaries tell what they are", { skip: withoutShared }, () => {
  const read = (name: string) => readTorch(fileSource(join(assets, "crossformat-kw", name))).provenance;
  const fact = (name: string, key: string) => read(name).facts.get(key);
  assert.deepEqual(
    ["epoch=9-step=1170.ckpt", "model_best.pth.tar", "ckpt.pt", "checkpoint.pt.best", "kw_mnist.state_dict.pt"].map(
      (name) => read(name).prefix,
    ),
    ["model.", "module.", "_orig_mod.", "module.model.", ""],
  );
  assert.equal(fact("epoch=9-step=1170.ckpt", "global_step"), "1170");
  assert.equal(fact("epoch=9-step=1170.ckpt", "hyper_parameters.lr"), "0.001");
  assert.equal(fact("model_best.pth.tar", "arch"), "kw");
  assert.equal(Math.fround(Number(fact("model_best.pth.tar", "best_acc1"))), Math.fround(97.4));
  assert.equal(fact("ckpt.pt", "iter_num"), "2000");
  assert.deepEqual([...read("ckpt.pt").alternatives.keys()], ["model_ema"]);
  assert.deepEqual([...(read("ckpt.pt").alternatives.get("model_ema")?.tensors.keys() ?? [])].slice(0, 2), [
    "0.weight",
    "0.bias",
  ]);
  const modules = read("kw_mnist.whole_module.pt").modules;
  assert.equal(modules?.get("")?.className, "torch.nn.modules.container.Sequential");
  assert.deepEqual(modules?.get("0")?.attributes.get("stride"), [2, 2]);
});

interface Hostile {
  readonly expect: string | readonly string[];
  readonly warning?: string;
}

test("hostile pickles are read as data or refused by name, soon and in little memory", { skip: withoutShared }, (t) => {
  const folder = join(assets, "hostile-made");
  const manifest: { files: Record<string, Hostile> } = JSON.parse(readFileSync(join(folder, "MANIFEST.json"), "utf8"));
  const files = Object.entries(manifest.files).filter(([name]) => /^(pt_|empty)/.test(name));
  let [slowest, slowestName] = [0, ""];
  for (const [name, { expect, warning }] of files) {
    const start = performance.now();
    const { verdict, notices } = attempt(join(folder, name));
    const took = performance.now() - start;
    assert.ok([expect].flat().includes(verdict), `${name}: ${verdict}`);
    if (warning !== undefined) assert.ok(notices.includes(warning), name);
    if (took > slowest) [slowest, slowestName] = [took, name];
  }
  const megabytes = process.resourceUsage().maxRSS / 1024;
  assert.ok(files.length > 20 && slowest < 2000 && megabytes < 1024);
  for (const marker of globSync("export/work/PWNED*")) assert.fail(marker);
  assert.ok(!existsSync("export"));
  t.diagnostic(
    `${files.length} files; ${slowestName} took ${slowest.toFixed(0)} ms, the process ${megabytes.toFixed(0)} MB`,
  );
});

function attempt(path: string): { readonly verdict: string; readonly notices: readonly string[] } {
  try {
    const { weights, provenance } = readTorch(fileSource(path));
    for (const tensor of weights.tensors.values()) tensor.bytes();
    return { verdict: "ok", notices: provenance.notices.map(({ code }) => code) };
  } catch (error) {
    if (error instanceof Failure) return { verdict: error.code, notices: [] };
    throw error;
  }
}

function readFileNames(folder: string): string[] {
  return globSync("*.{pt,pth,ckpt,best,tar}", { cwd: folder }).sort();
}

function weightsOf(path: string): Map<string, Float64Array> {
  return new Map(
    Array.from(readTorch(fileSource(path)).weights.tensors, ([name, tensor]) => [name, toFloat64(tensor)]),
  );
}

/** The largest difference between two networks' weights. */
function largest(a: ReadonlyMap<string, Float64Array>, b: ReadonlyMap<string, Float64Array>): number {
  let most = 0;
  for (const [name, values] of a) {
    for (const [i, value] of values.entries()) most = Math.max(most, Math.abs(value - (b.get(name)?.[i] ?? Infinity)));
  }
  return most;
}
