/** A network of which single steps of a descent are timed. */
export interface StepScenario {
  readonly id: string;
  readonly title: string;
  /** Name in `networks.py`. */
  readonly model: string;
  /** Side of the images in pixels. */
  readonly pixels: number;
  /** Images of one step. */
  readonly batch: number;
  /** Steps of one run: about a second and a half. */
  readonly steps: number;
  readonly goal: Goal;
}

/** Our time over PyTorch's: the 95 % bound of the median, or the median, is at most this. */
interface Goal {
  readonly of: "bound" | "median";
  readonly limit: number;
}

const noSlower: Goal = { of: "bound", limit: 1.05 };
const half: Goal = { of: "median", limit: 0.5 };

export const stepScenarios: readonly StepScenario[] = [
  { id: "cifar-b32", title: "ResNet-18, CIFAR stem, 32 px, 32 images", ...resnet("resnet18_cifar", 32), ...of(32, 4) },
  { id: "64-b32", title: "ResNet-18, 64 px, 32 images", ...resnet("resnet18", 64), ...of(32, 12) },
  { id: "224-b8", title: "ResNet-18, 224 px, 8 images", ...resnet("resnet18", 224), ...of(8, 4) },
  { id: "cifar-b1", title: "ResNet-18, CIFAR stem, 32 px, one image", ...resnet("resnet18_cifar", 32), ...of(1, 60) },
  { id: "64-b1", title: "ResNet-18, 64 px, one image", ...resnet("resnet18", 64), ...of(1, 100) },
  { id: "224-b1", title: "ResNet-18, 224 px, one image", ...resnet("resnet18", 224), ...of(1, 25) },
  {
    id: "vit-b32",
    title: "ViT (d 192, 6 layers, 65 tokens), 32 images",
    ...{ model: "vit_d192", pixels: 32, batch: 32, steps: 8 },
    goal: { of: "median", limit: 0.8 },
  },
];

function resnet(model: string, pixels: number): Pick<StepScenario, "model" | "pixels"> {
  return { model, pixels };
}

function of(batch: number, steps: number): Pick<StepScenario, "batch" | "steps" | "goal"> {
  return { batch, steps, goal: batch === 1 ? half : noSlower };
}

/** Images that each network's folder holds: seeds first, then targets. */
export function imagesOf({ batch }: StepScenario): number {
  return 2 * batch;
}

/** Threads that every program gets. */
export const threads = 2;

/** What one run of steps says about itself. */
export interface StepAnswer {
  /** Of one step, on average. */
  readonly seconds: number;
  /** Residual of each image at its seed, and the best after all steps of the run. */
  readonly first: readonly number[];
  readonly last: readonly number[];
}
