import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Backend } from "../../../src/compute/backends/backend.ts";
import { invertedTaps } from "../../../src/compute/inversion/invertedTaps.ts";
import { represent } from "../../../src/compute/inversion/represent.ts";
import { type StepRunner, stepRunner } from "../../../src/compute/inversion/stepRunner.ts";
import type { OpenModel } from "../../../src/compute/models/openModel.ts";
import { openModels } from "../../../src/compute/models/openModels.ts";
import { digestCache } from "../../../src/compute/store/stores.ts";
import type { Tap } from "../../../src/core/graph/tap.ts";
import { type Gram, gramOf } from "../../../src/core/measures/gram.ts";
import { choosePairs } from "../../../src/core/methods/inversion/pairs.ts";
import { random } from "../../../src/core/probe/random.ts";
import { cifarProbe } from "../../real/cifarProbe.ts";

/** Two trained networks, of which the first is inverted and the second looks at what came out. */
export interface SubjectChoice {
  readonly id: string;
  readonly title: string;
  /** Paths under the assets. */
  readonly models: readonly [string, string];
}

const drfrankenstein = "torch-cifar10-drfrankenstein";

export const subjects: readonly SubjectChoice[] = [
  {
    id: "tiny10",
    title: "Tiny10, seeds 0 and 1",
    models: [`${drfrankenstein}/exported/tiny10_seed0.onnx`, `${drfrankenstein}/exported/tiny10_seed1.onnx`],
  },
  {
    id: "resnet20",
    title: "ResNet-20, seeds 0 and 1",
    models: [`${drfrankenstein}/ResNet20_w1/in0-gn0/110000.pt`, `${drfrankenstein}/ResNet20_w1/in1-gn1/110000.pt`],
  },
];

/** Pairs of seeds and targets: what the command takes unless told otherwise. */
export const pairCount = 64;
/** Grey values by which the seeds of one repetition differ from those of another, at most. */
const perturbation = 1e-3;

/** What a network makes of images, as a Gram over them. */
export interface Looking {
  readonly model: OpenModel;
  readonly tap: Tap;
}

/** Two open networks with seeds and targets. */
export interface Subject {
  readonly inverting: Looking;
  readonly other: Looking;
  readonly runner: StepRunner;
  readonly targets: readonly Float32Array[];
  /** Representations of the targets by the inverting network, one row each. */
  readonly rows: Float32Array;
  /** Names the networks, the images and their pairs. */
  readonly digest: string;
  /** Seeds of one repetition: natural images, moved a little, each repetition's differently. */
  seeds(repetition: number): readonly Float32Array[];
  close(): Promise<void>;
}

/** Opens two networks on the lossless CIFAR-10 test images. @param folder takes the images' descriptor */
export async function openSubject(
  { models: paths }: SubjectChoice,
  assets: string,
  folder: string,
  backend: Backend,
): Promise<Subject> {
  const models = paths.map((path) => ({ path: join(assets, path) }));
  const probe = { path: cifarProbe(assets, folder), samples: pairCount };
  const opened = await openModels({ models, probe, seed: 0 }, backend, digestCache(undefined), unending());
  const [inverting, other] = opened.models.map((model, i) => ({
    model,
    tap: invertedTaps([model], [models[i]!])[0]![0]!,
  }));
  if (!inverting || !other) throw new Error("Two networks were asked for.");
  const { samples, labels, digest } = opened.probe;
  const pairs = choosePairs(samples, labels, "other-class", 0);
  const targets = pairs.targets.map((index) => opened.probe.read(index, 1));
  const natural = pairs.seeds.map((index) => opened.probe.read(index, 1));
  const keys = opened.models.map(({ file }) => [file.graphDigest, file.weightsDigest]);
  const runner = await stepRunner(backend, inverting.model, inverting.tap, "exact", undefined);
  return {
    inverting,
    other,
    runner,
    targets,
    rows: await rowsOf(backend, inverting, targets),
    digest: createHash("sha256")
      .update(JSON.stringify([keys, digest, pairs, perturbation]))
      .digest("hex"),
    seeds: (repetition) => natural.map((image, index) => moved(image, repetition, index)),
    async close() {
      await runner.release();
      opened.close();
    },
  };
}

function moved(image: Float32Array, repetition: number, index: number): Float32Array {
  const draw = random(0xbe, repetition, index);
  return image.map((pixel) => Math.min(1, Math.max(0, pixel + perturbation * (2 * draw() - 1))));
}

async function rowsOf(
  backend: Backend,
  { model, tap }: Looking,
  images: readonly Float32Array[],
): Promise<Float32Array> {
  const [found] = await represent(backend, model, tap, [images], unending());
  return found?.rows ?? new Float32Array();
}

/** A signal that nobody gives. */
function unending(): AbortSignal {
  return new AbortController().signal;
}

/** The Gram of what a network makes of images. */
export async function gramOn(backend: Backend, looking: Looking, images: readonly Float32Array[]): Promise<Gram> {
  return gramOf(await rowsOf(backend, looking, images), images.length, looking.tap.width);
}
