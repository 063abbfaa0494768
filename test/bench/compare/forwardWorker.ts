import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { env, InferenceSession, Tensor } from "onnxruntime-node";
import { readImages } from "./images.ts";

/**
 * The floor under every comparison: the forward passes alone, in ONNX Runtime at its best settings. The sessions stand
 * before the clock starts, the batch size is fixed beforehand, and each network takes all batches before the next does.
 *
 *     node forwardWorker.ts --images X.npy --samples 512 --batch 128 --threads 2 a.onnx b.onnx
 */
const { values: options, positionals: models } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string", default: "" },
    samples: { type: "string", default: "512" },
    batch: { type: "string", default: "128" },
    threads: { type: "string", default: "2" },
  },
});

const batch = Number(options.batch);
const images = readImages(options.images, Number(options.samples));
const sessions: InferenceSession[] = [];
for (const model of models) {
  sessions.push(
    await InferenceSession.create(model, {
      executionProviders: ["cpu"],
      intraOpNumThreads: Number(options.threads),
      interOpNumThreads: 1,
      freeDimensionOverrides: { batch },
    }),
  );
}

console.log(JSON.stringify({ ready: true, engine: `onnxruntime ${env.versions.node}` }));
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  for (const session of sessions) await forward(session);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, forwardSeconds: seconds, forwardPasses: sessions.length }));
}

async function forward(session: InferenceSession): Promise<void> {
  const [input] = session.inputNames;
  if (input === undefined) throw new Error("A network without inputs.");
  for (let start = 0; start < images.count; start += batch) {
    const data = images.data.subarray(start * images.size, (start + batch) * images.size);
    await session.run({ [input]: new Tensor("float32", data, [data.length / images.size, ...images.shape]) });
  }
}
