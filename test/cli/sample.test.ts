import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Report } from "../../src/core/report/report.ts";
import { notBuilt, sample, start } from "./built.ts";

const skip = notBuilt;
const probe = ["--probe", sample("creatures.probe.json"), "--samples", "256"];
const likeness = (...args: string[]) => start(args).outcome;

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "likeness-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("inspect says what a checkpoint holds", { skip }, async () => {
  const { code, out } = await likeness("inspect", sample("ears-seed0.onnx"), "--json", "-");
  assert.equal(code, 0);
  const report: Report = JSON.parse(out);
  assert.equal(report.kind, "inspect");
  assert.equal(report.models[0]?.taps.at(-1)?.name, "fc");
});

test("compare prints a summary and writes the page and the tables", { skip }, async (t) => {
  const folder = temporary(t);
  const html = join(folder, "report.html");
  const models = [sample("ears-seed0.onnx"), sample("tail-seed0.onnx")];
  const { code, out, err } = await likeness("compare", ...models, ...probe, "--html", html, "--csv", folder);
  assert.equal(code, 0, err);
  assert.match(out, /A ears-seed0 {2}× {2}B tail-seed0/);
  assert.match(readFileSync(html, "utf8"), /^<!doctype html>/);
  assert.ok(readdirSync(folder).includes("cka.linear.unbiased.csv"));
});

test("a network is like itself, and one run answers for both sides", { skip }, async () => {
  const model = sample("ears-seed0.onnx");
  const { code, out } = await likeness("compare", model, model, ...probe, "--json", "-");
  assert.equal(code, 0);
  const report: Report = JSON.parse(out);
  assert.equal(report.forwardPasses, 1);
  const values = report.measures?.["cka.linear.unbiased"]?.values ?? [];
  assert.ok(values.length > 0);
  for (const [i, row] of values.entries()) assert.ok(Math.abs((row[i] ?? 0) - 1) < 1e-6);
});

test("run writes representations that measure reads", { skip }, async (t) => {
  const out = temporary(t);
  const ran = await likeness("run", sample("ears-seed0.onnx"), ...probe, "--taps", "relu4,fc", "--out", out);
  assert.equal(ran.code, 0, ran.err);
  const files = readdirSync(out).filter((name) => name.endsWith(".npy"));
  assert.deepEqual(files.sort(), ["fc.npy", "relu4.npy"]);
  const [fc = "", relu4 = ""] = files.map((name) => join(out, name));
  const { code, out: json } = await likeness("measure", fc, relu4, "--json", "-");
  assert.equal(code, 0);
  const value = (JSON.parse(json) as Report).measures?.["cka.linear.unbiased"]?.values[0]?.[0];
  assert.ok(typeof value === "number" && value > 0 && value < 1);
});

test("a file that is no checkpoint fails by name", { skip }, async () => {
  const { code, err } = await likeness("inspect", sample("README.md"));
  assert.equal(code, 1);
  assert.match(err, /^likeness: .*README\.md: .*\[not-a-checkpoint\]\n$/);
});

test("invert tells of layers, maps and gradients, and writes pictures and tables", { skip }, async (t) => {
  const folder = temporary(t);
  const models = [sample("ears-seed0.onnx"), sample("tail-seed0.onnx")];
  const few = ["--probe", sample("creatures.probe.json"), "--samples", "8", "--steps", "3"];
  const wanted = ["--tap", "relu4,pool", "--maps", "--grams", "--saliency", "--controversial"];
  const places = ["--images", join(folder, "images"), "--csv", join(folder, "csv")];
  const { code, out, err } = await likeness("invert", ...models, ...few, ...wanted, ...places);
  assert.equal(code, 0, err);
  assert.match(out, /By layer.*\n.*natural +Jones +STIR.*\nrelu4 /);
  assert.match(out, /Layers of ears-seed0 and tail-seed0.*\n.*inverted by ears-seed0/);
  assert.match(out, /Gradients of the named class.*\n/);
  assert.match(out, /column's not: median residuals/);
  const pictures = readdirSync(join(folder, "images"));
  assert.equal(pictures.length, 8 * 8);
  assert.ok(pictures.includes("007-tail-seed0-descent.png") && pictures.includes("000-ears-seed0-not-tail-seed0.png"));
  assert.deepEqual(readdirSync(join(folder, "csv")).sort(), [
    ...["0-1.layers.csv", "controversial.csv", "curves.csv", "grams.csv"],
    ...["images.csv", "saliency.csv", "similarity.csv"],
  ]);
});
