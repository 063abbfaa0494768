import type { Chain, WeightedLayer } from "./chain.ts";

/** A layer of a chain: one that has weights, or one that the numbering leaves room for. */
export type AssumedStep =
  | { readonly kind: "weighted"; readonly layer: WeightedLayer }
  | { readonly kind: "relu" | "maxPool" | "flatten" | "globalPool"; readonly path: string };

/** How numbers that are left out are read. */
export interface Reading {
  /** Whether the second of two layers without weights pools; it drops out otherwise. */
  readonly pools: boolean;
  /** Whether what stands in front of the first linear layer takes the mean of each channel. */
  readonly global: boolean;
}

/** The readings, likeliest first. */
export const readings: readonly Reading[] = [
  { pools: true, global: false },
  { pools: false, global: false },
  { pools: true, global: true },
  { pools: false, global: true },
];

/**
 * A chain with the layers that its numbers leave out, as people usually fill them: ReLU behind a layer, then pooling, a flattening
 * right before the first linear layer.
 */
export function assumedSteps({ containers }: Chain, reading: Reading): readonly AssumedStep[] {
  const steps: AssumedStep[] = [];
  let before: WeightedLayer | undefined;
  let isImage = containers[0]?.[0]?.kind === "conv";
  for (const container of containers) {
    for (const [position, layer] of container.entries()) {
      const from = position === 0 ? 0 : before!.index + 1;
      const prefix = layer.path.slice(0, layer.path.length - String(layer.index).length);
      const free = Array.from({ length: layer.index - from }, (_, i) => `${prefix}${from + i}`);
      const crosses = position === 0 && before !== undefined;
      if (crosses) steps.push(...behindFeatures(before!, reading));
      const flattens = isImage && layer.kind === "linear";
      if (before === undefined) steps.push(...inFront(layer, free));
      else if (crosses) steps.push(...(flattens ? [flatten(free[0] ?? "")] : []));
      else steps.push(...between(free, isImage, flattens, reading));
      steps.push({ kind: "weighted", layer });
      before = layer;
      isImage &&= layer.kind !== "linear";
    }
  }
  return steps;
}

/** What stands in front of the first layer: images of a network that begins with a linear layer are flattened. */
function inFront({ kind }: WeightedLayer, [first]: readonly string[]): AssumedStep[] {
  return kind === "linear" && first !== undefined ? [flatten(first)] : [];
}

/** What fills the free numbers between two layers. */
function between(
  free: readonly string[],
  isImage: boolean,
  flattens: boolean,
  { pools, global }: Reading,
): AssumedStep[] {
  const steps: AssumedStep[] = [];
  const [first, second] = flattens ? free.slice(0, -1) : free;
  if (first !== undefined) steps.push({ kind: "relu", path: first });
  if (second !== undefined && pools && isImage) {
    steps.push({ kind: flattens && global ? "globalPool" : "maxPool", path: second });
  }
  if (flattens) steps.push(flatten(free.at(-1) ?? ""));
  return steps;
}

/** Behind the last layer of the features nothing is numbered; ReLU and pooling are the usual end. */
function behindFeatures({ path, index }: WeightedLayer, { pools, global }: Reading): AssumedStep[] {
  const prefix = path.slice(0, path.length - String(index).length);
  const relu: AssumedStep = { kind: "relu", path: `${prefix}${index + 1}` };
  return pools ? [relu, { kind: global ? "globalPool" : "maxPool", path: `${prefix}${index + 2}` }] : [relu];
}

function flatten(path: string): AssumedStep {
  return { kind: "flatten", path };
}
