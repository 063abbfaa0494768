import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Rectifier } from "../../../src/core/methods/inversion/presets.ts";
import { random } from "../../../src/core/probe/random.ts";

/** A trained CIFAR-10 network of the assets. */
export interface Network {
  readonly name: string;
  /** Under the folder of assets. */
  readonly file: string;
  /** Whether it was trained on adversarial images. */
  readonly robust: boolean;
  readonly normalisation: Normalisation;
  /**
   * How the gradient passes the last rectifier. The robust networks end in a rectified linear layer: a unit that is off at
   * the seed has no gradient, and descent ends at residuals of 0.35, so that it passes straight through, as in STIR's code.
   * The others are rectified before a mean over positions, where that is no hindrance, and the wrong gradient is one.
   */
  readonly rectifier: Rectifier;
  /** Share of the 536 lossless test images that it names rightly, as the assets' manifests have it. */
  readonly accuracy: number;
}

interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const mean = [0.4914, 0.4822, 0.4465];
const robust: Normalisation = { mean, std: [0.2471, 0.2435, 0.2616] };
const imageNet: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const cifar: Normalisation = { mean, std: [0.2023, 0.1994, 0.201] };

const network = (name: string, file: string, normalisation: Normalisation, accuracy: number): Network => ({
  name,
  file,
  normalisation,
  accuracy,
  robust: normalisation === robust,
  rectifier: normalisation === robust ? "straight-through" : "exact",
});

/** Two robust networks (PGD, L∞ 2/255) and six standard ones, of three trainers and five architectures. */
export const networks: readonly Network[] = [
  network("ResNet-2B", "donor-cifar10-resnet-robust/resnet_2b.onnx", robust, 0.7631),
  network("ResNet-4B", "donor-cifar10-resnet-robust/resnet_4b.onnx", robust, 0.8507),
  network("ResNet-20", "torch-cifar10-resnet-akamaster/resnet20-12fca82f.th", imageNet, 0.9291),
  network("ResNet-32", "torch-cifar10-resnet-akamaster/resnet32-d509ac18.th", imageNet, 0.9384),
  ...[0.9291, 0.9384].map((accuracy, i) =>
    network(`ResNet-20-w1-${i}`, `torch-cifar10-drfrankenstein/ResNet20_w1/in${i}-gn${i}/110000.pt`, cifar, accuracy),
  ),
  ...[0.875, 0.8787].map((accuracy, i) =>
    network(`Tiny10-${i}`, `torch-cifar10-drfrankenstein/Tiny10/in${i}-gn${i}/110000.pt`, cifar, accuracy),
  ),
];

/** Pixels of one image, channel by channel. */
export const imageSize = 3 * 32 * 32;

/** The lossless CIFAR-10 test images. */
export interface Images {
  /** n × 3 × 32 × 32 in [0, 1]. */
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

export function cifarImages(assets: string): Images {
  const bytes = readFileSync(join(assets, "data-cifar10-lossless/images-u8-nhwc.bin"));
  const labels = readFileSync(join(assets, "data-cifar10-lossless/labels-u8.bin"));
  const pixels = Float32Array.from(bytes, (_, k) => {
    const [image, channel, pixel] = [Math.floor(k / imageSize), Math.floor((k % imageSize) / 1024), k % 1024];
    return bytes[image * imageSize + pixel * 3 + channel]! / 255;
  });
  return { pixels, labels };
}

/** What `likeness` is asked with. */
export interface Workspace {
  readonly folder: string;
  /** A descriptor of all images. */
  readonly probe: string;
  /** By network. */
  readonly checkpoints: readonly string[];
  readonly rectifiers: readonly Rectifier[];
}

/** Lays copies of the checkpoints, named as networks are here, beside a `likeness.json` with each one's normalisation. */
export function workspace(assets: string, folder: string, chosen: readonly Network[]): Workspace {
  mkdirSync(folder, { recursive: true });
  const checkpoints = chosen.map(({ name, file }) => {
    const path = join(folder, name + extname(file));
    copyFileSync(join(assets, file), path);
    return path;
  });
  const models = chosen.map(({ name, file, normalisation }) => [name + extname(file), { preprocess: normalisation }]);
  writeFileSync(join(folder, "likeness.json"), JSON.stringify({ models: Object.fromEntries(models) }));
  const { pixels } = cifarImages(assets);
  return {
    folder,
    probe: floatProbe(folder, "cifar", pixels),
    checkpoints,
    rectifiers: chosen.map(({ rectifier }) => rectifier),
  };
}

/** Writes images as float32 with a descriptor; gives its path. */
export function floatProbe(folder: string, name: string, pixels: Float32Array): string {
  const path = join(folder, `${name}.probe.json`);
  const file = join(folder, `${name}.f32`);
  writeFileSync(file, new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  const shape = [pixels.length / imageSize, 3, 32, 32];
  writeFileSync(path, JSON.stringify({ file, dtype: "float32", shape, layout: "NCHW" }));
  return path;
}

export interface Pairs {
  readonly seeds: readonly number[];
  readonly targets: readonly number[];
}

/**
 * So many pairs of images with different labels, drawn from all of them (which lie in the order of their sources). No image
 * is in two pairs, so that the pairs are independent.
 */
export function drawPairs(labels: Uint8Array, count: number, seed: number): Pairs {
  const draw = random(0x9e, seed);
  const order = Array.from(labels, (_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const targets = order.slice(0, count);
  const free = order.slice(count);
  const seeds = targets.map((target) => {
    const [seed] = free.splice(
      free.findIndex((candidate) => labels[candidate] !== labels[target]),
      1,
    );
    return seed!;
  });
  return { seeds, targets };
}
