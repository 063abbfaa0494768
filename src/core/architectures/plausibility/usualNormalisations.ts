import { asIs, type Normalisation } from "../../probe/preprocessing.ts";
import type { Plausibility } from "./plausibility.ts";

/** A normalisation that people train with, of pixels in [0, 1]. */
export interface UsualNormalisation {
  readonly name: string;
  readonly normalisation: Normalisation;
}

const anyImages: readonly UsualNormalisation[] = [
  { name: "pixels from 0 to 1", normalisation: asIs },
  { name: "pixels from −1 to 1", normalisation: { mean: [0.5], std: [0.5] } },
];

const pixelValues: UsualNormalisation = {
  name: "pixels from 0 to 255",
  normalisation: { mean: [0], std: [1 / 255] },
};

const byChannels: Readonly<Record<number, readonly UsualNormalisation[]>> = {
  1: [
    { name: "MNIST", normalisation: { mean: [0.1307], std: [0.3081] } },
    { name: "Fashion-MNIST", normalisation: { mean: [0.286], std: [0.353] } },
  ],
  3: [
    { name: "ImageNet", normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } },
    { name: "CIFAR-10", normalisation: { mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616] } },
    {
      // Means over images of each image's own deviation, which a well-known repository divides by.
      name: "CIFAR-10 (deviations 0.2023)",
      normalisation: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
    },
    { name: "CIFAR-100", normalisation: { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] } },
  ],
};

/** The normalisations to choose among for images of so many channels, with values from 0 to 1. */
export function usualNormalisations(channels: number): readonly UsualNormalisation[] {
  return [...anyImages, ...(byChannels[channels] ?? []), pixelValues];
}

/**
 * The normalisation under which a network sees what it was trained on; `undefined` where none is plausible.
 * @param scores of each, in the same order.
 */
export function mostPlausible(
  normalisations: readonly UsualNormalisation[],
  scores: readonly Plausibility[],
): UsualNormalisation | undefined {
  let best: number | undefined;
  for (const [i, { all, verdict }] of scores.entries()) {
    if (verdict !== "wrong" && (best === undefined || all < scores[best]!.all)) best = i;
  }
  return best === undefined ? undefined : normalisations[best];
}
