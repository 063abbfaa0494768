/**
 * `node gradients.ts PROVIDER CHECKPOINT PROBE COUNT OUT`: writes what descent asks of a network, as an execution provider
 * computes it: for COUNT images of the probe, each with the next COUNT-th one for its target, the residual and its gradient
 * with respect to the pixels, float32, one image after another. A process of its own, since a driver is found at its start
 * only, and may end it.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { openEngine } from "../../../src/compute/engine.ts";
import { invertedTaps } from "../../../src/compute/inversion/invertedTaps.ts";
import { represent } from "../../../src/compute/inversion/represent.ts";
import { stepRunner } from "../../../src/compute/inversion/stepRunner.ts";
import { openModels } from "../../../src/compute/models/openModels.ts";
import { digestCache } from "../../../src/compute/store/stores.ts";

const [provider = "", checkpoint = "", path = "", images = "", out = ""] = process.argv.slice(2);
const count = Number(images);
const { signal } = new AbortController();
const [cpu, backend] = [await openEngine({ provider: "cpu" }), await openEngine({ provider })];
if (backend.fallback) throw new Error(backend.fallback.message);
const choice = { path: resolve(checkpoint) };
const request = { models: [choice], probe: { path: resolve(path), samples: 2 * count }, seed: 0 };
const { models, probe, close } = await openModels(request, cpu, digestCache(undefined), signal);
const model = models[0]!;
const tap = invertedTaps([model], [choice])[0]![0]!;
const image = (index: number) => probe.read(index, 1);
const targets = Array.from({ length: count }, (_, i) => image(count + i));
const [represented] = await represent(cpu, model, tap, [targets], signal);
const runner = await stepRunner(backend, model, tap, "exact", count);
const target = (i: number) => represented!.rows.subarray(i * tap.width, (i + 1) * tap.width);
const started = performance.now();
const found = await runner.run(targets.map((_, i) => ({ point: image(i), target: target(i) })));
console.log(`${tap.name}, ${((performance.now() - started) / 1000).toFixed(1)} s in the runtime`);
writeFileSync(out, Buffer.concat(found.flatMap(({ residual, gradient }) => [bytesOf([residual]), bytesOf(gradient)])));
await runner.release();
close();

function bytesOf(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
