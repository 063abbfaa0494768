import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { onnxRuntime } from "../../../src/compute/backends/onnxRuntime.ts";
import { invertedTaps } from "../../../src/compute/inversion/invertedTaps.ts";
import { Inverting } from "../../../src/compute/inversion/inverting.ts";
import { represent } from "../../../src/compute/inversion/represent.ts";
import { stepRunner } from "../../../src/compute/inversion/stepRunner.ts";
import { openModels } from "../../../src/compute/models/openModels.ts";
import { digestCache } from "../../../src/compute/store/stores.ts";
import { preset } from "../../../src/core/methods/inversion/presets.ts";

/**
 * Our side of a step's time: the first steps of `jones`, by the code that an inversion runs, from the pixels of the seeds to
 * the pixels of the next evaluation. The network stands compiled before the clock starts.
 *
 *     node stepWorker.ts --model X.onnx --probe images.probe.json --batch 32 --steps 4 --threads 2
 */
const { values: options } = parseArgs({
  options: {
    model: { type: "string", default: "" },
    probe: { type: "string", default: "" },
    batch: { type: "string", default: "1" },
    steps: { type: "string", default: "1" },
    threads: { type: "string", default: "2" },
  },
});
const [batch, steps] = [Number(options.batch), Number(options.steps)];
const { signal } = new AbortController();
const backend = onnxRuntime("cpu", Number(options.threads));
const choice = { path: options.model };
const request = { models: [choice], probe: { path: options.probe, samples: 2 * batch }, seed: 0 };
const { models, probe, close } = await openModels(request, backend, digestCache(undefined), signal);
const [model] = models;
if (model === undefined) throw new Error("One network was asked for.");
const tap = invertedTaps([model], [choice])[0]![0]!;
const images = Array.from({ length: 2 * batch }, (_, i) => probe.read(i, 1));
const [targets] = await represent(backend, model, tap, [images.slice(batch)], signal);
const runner = await stepRunner(backend, model, tap, "exact", batch);
close();

const tasks = {
  count: batch,
  seed: (position: number) => images[position]!,
  target: (position: number) => targets!.rows.subarray(position * tap.width, (position + 1) * tap.width),
};

console.log(JSON.stringify({ ready: true, engine: backend.engine }));
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  // The last evaluation takes no step.
  const inverting = new Inverting(batch, preset("jones").rule, steps - 1);
  await inverting.go(runner, tasks, signal, () => {});
  const seconds = (performance.now() - start) / 1000 / steps;
  const found = inverting.result ?? [];
  const first = found.map(({ history }) => history[0]);
  console.log(JSON.stringify({ seconds, first, last: found.map(({ residual }) => residual) }));
}
