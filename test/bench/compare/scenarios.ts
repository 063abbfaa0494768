import type { ProbeChoice } from "../../../src/protocol/compute.ts";

/** A question that every program is asked. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Two networks of `networks.py`, as `NAME` or `NAME@SEED`. */
  readonly models: readonly [string, string];
  /** Batch norms kept as nodes of their own, or folded into convolutions as exporters do by default. */
  readonly unfused: boolean;
  readonly taps: "convs" | "all";
  /** Side of the images in pixels. */
  readonly pixels: number;
  readonly samples: number;
  readonly batch: number;
  /** Our answer comes from Grams that are already stored. */
  readonly stored: boolean;
  /** Rows of the matrix for which torch_cka's algorithm is timed; the rest is estimated. Absent: all of them. */
  readonly timedRows?: number;
}

const convolutions = {
  models: ["resnet18", "resnet34"],
  unfused: false,
  taps: "convs",
  pixels: 64,
  samples: 512,
  batch: 128,
} as const;

export const scenarios: readonly Scenario[] = [
  { ...convolutions, id: "convs", title: "ResNet-18 × ResNet-34, convolution taps", stored: false },
  {
    id: "all",
    title: "Two ResNet-18 as used on CIFAR, every tap, batch norms apart",
    models: ["resnet18_cifar", "resnet18_cifar@1"],
    unfused: true,
    taps: "all",
    pixels: 32,
    samples: 512,
    batch: 64,
    stored: false,
    timedRows: 4,
  },
  {
    id: "all64",
    title: "Two ResNet-18, every tap",
    models: ["resnet18", "resnet18@1"],
    unfused: false,
    taps: "all",
    pixels: 64,
    samples: 512,
    batch: 64,
    stored: false,
    timedRows: 4,
  },
  { ...convolutions, id: "store", title: "ResNet-18 × ResNet-34 again, from the Gram store", stored: true },
];

/** Threads that every program gets. */
export const threads = 2;

/** Name of the ONNX file of a network, as `export_models.py` writes it. */
export function graphFile(scenario: Scenario, model: string): string {
  return `${model.replace("@", "-seed")}-${scenario.pixels}${scenario.unfused ? "-unfused" : ""}.onnx`;
}

/** Name of the images of a scenario, without what follows the dot. */
export function imagesFile(scenario: Scenario): string {
  return `images-${scenario.pixels}-${scenario.samples}`;
}

/** The images as the engine is asked to read them: floats, to which no preprocessing is done. */
export function probeOf(scenario: Scenario, folder: string): ProbeChoice {
  return { path: `${folder}/${imagesFile(scenario)}.npy`, samples: scenario.samples };
}
