import type { WeightSet } from "../../formats/checkpoint.ts";

/** A layer of a `Sequential` that has weights. */
export interface WeightedLayer {
  readonly path: string;
  /** Number of the layer in its container. */
  readonly index: number;
  readonly kind: "conv" | "linear" | "batchNorm";
  /** Of the weight. */
  readonly shape: readonly number[];
}

/** The layers with weights of one `Sequential`, or of one of convolutions and one of linear layers behind it. */
export interface Chain {
  /** Each container's layers, ascending. */
  readonly containers: readonly (readonly WeightedLayer[])[];
}

/** Names with numbers for modules as the layers of a chain; `undefined` where there is anything else. */
export function chainOf(weights: WeightSet): Chain | undefined {
  const containers = new Map<string, WeightedLayer[]>();
  const seen = new Set<string>();
  for (const name of weights.tensors.keys()) {
    const [, container, index, leaf] = /^((?:[^.]+\.)?)(\d{1,4})\.([a-z_]+)$/.exec(name) ?? [];
    if (container === undefined || index === undefined || leaf === undefined || !leaves.has(leaf)) return undefined;
    const path = `${container}${index}`;
    if (seen.has(path)) continue;
    seen.add(path);
    const layer = layerAt(path, Number(index), weights);
    if (!layer) return undefined;
    containers.set(container, [...(containers.get(container) ?? []), layer]);
  }
  const sorted = [...containers.values()].map((each) => each.toSorted((a, b) => a.index - b.index));
  if (sorted.length === 1) return { containers: sorted };
  // Two containers are the usual features and classifier: which comes first their kinds tell.
  const [features, ...more] = sorted.filter((each) => each.some(({ kind }) => kind === "conv"));
  const [classifier, ...others] = sorted.filter((each) => each.every(({ kind }) => kind !== "conv"));
  if (!features || !classifier || more.length + others.length > 0) return undefined;
  return features.some(({ kind }) => kind === "linear") ? undefined : { containers: [features, classifier] };
}

const leaves: ReadonlySet<string> = new Set(["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]);

function layerAt(path: string, index: number, { tensors }: WeightSet): WeightedLayer | undefined {
  const shape = tensors.get(`${path}.weight`)?.shape;
  if (shape === undefined) return undefined;
  if (tensors.has(`${path}.running_var`)) return { path, index, kind: "batchNorm", shape };
  if (shape.length === 2) return { path, index, kind: "linear", shape };
  return shape.length === 4 ? { path, index, kind: "conv", shape } : undefined;
}
