import { toFloat64 } from "../../graph/numbers.ts";
import { type DType, elementCount, type Tensor } from "../../graph/tensor.ts";
import { asFloat32, computed, derived, permuted, reshaped } from "../../graph/tensorViews.ts";
import { within } from "./modules.ts";

/** How a checkpoint's tensors come to stand in the donor's graph. */
export type BindingClass = "exact" | "located" | "fused" | "transposed" | "derived";

/** One tensor of the donor's graph as a function of a checkpoint's. */
export interface Recipe {
  readonly class: BindingClass;
  /** The tensors that it is made of. */
  readonly keys: readonly string[];
  readonly shape: readonly number[];
  /** Path of the batch norm whose shift this is: the output of the node is that of the batch norm. */
  readonly batchNorm?: string;
  make(tensors: ReadonlyMap<string, Tensor>): Tensor;
}

/** The tensor as it is. */
export function asItIs(key: string, { shape }: Tensor, how: "exact" | "located"): Recipe {
  return { class: how, keys: [key], shape, make: (tensors) => asFloat32(tensors.get(key)!) };
}

/** The matrix with its axes exchanged: `Linear` has outputs first, `MatMul` takes inputs first. */
export function exchanged(key: string, { shape }: Tensor): Recipe {
  return {
    class: "transposed",
    keys: [key],
    shape: [...shape].reverse(),
    make: (tensors) => permuted(asFloat32(tensors.get(key)!), [1, 0]),
  };
}

/** The same elements under another shape. */
export function inShape(key: string, shape: readonly number[]): Recipe {
  return { class: "derived", keys: [key], shape, make: (tensors) => reshaped(asFloat32(tensors.get(key)!), shape) };
}

/** Where the outputs of a layer lie in its weight. */
export type OutputAxis =
  | { readonly kind: "first" }
  /** Transposed convolution: `[inputs, outputs / groups, …]`. */
  | { readonly kind: "second"; readonly groups: number };

/** A batch norm that is to be folded, and the ε that it divides with. */
export interface Folded {
  readonly path: string;
  readonly epsilon: number;
}

/** `W · γ / √(σ² + ε)`, per output. */
export function fusedWeight(
  key: string,
  { shape }: Tensor,
  batchNorm: Folded,
  axis: OutputAxis,
  transpose: boolean,
): Recipe {
  const [gain, variance] = [within(batchNorm.path, "weight"), within(batchNorm.path, "running_var")];
  const make = (tensors: ReadonlyMap<string, Tensor>): Tensor =>
    derived(shape, present(tensors, [key, variance, gain]), ([weight, v, g]) =>
      scaled(weight!, shape, axis, scaleOf(v!, g, batchNorm.epsilon)),
    );
  return {
    class: "fused",
    keys: [key, variance, gain],
    shape: transpose ? [...shape].reverse() : shape,
    make: (tensors) => (transpose ? permuted(make(tensors), [1, 0]) : make(tensors)),
  };
}

/** `(b − μ) · γ / √(σ² + ε) + β`; b is 0 for a layer without bias. */
export function fusedBias(key: string | undefined, features: number, { path, epsilon }: Folded): Recipe {
  const of = (leaf: string): string => within(path, leaf);
  const names = [of("running_mean"), of("running_var"), of("weight"), of("bias")];
  return {
    class: "fused",
    keys: key === undefined ? names : [key, ...names],
    shape: [features],
    batchNorm: path,
    make: (tensors) =>
      computed([features], () => {
        const [mean, variance, gain, shift, bias] = [...names, key].map((name) => {
          const tensor = name === undefined ? undefined : tensors.get(name);
          return tensor && toFloat64(tensor);
        });
        const scale = scaleOf(variance!, gain, epsilon);
        return scale.map((s, i) => ((bias?.[i] ?? 0) - mean![i]!) * s + (shift?.[i] ?? 0));
      }),
  };
}

function scaleOf(variance: Float64Array, gain: Float64Array | undefined, epsilon: number): Float64Array {
  return variance.map((v, i) => (gain?.[i] ?? 1) / Math.sqrt(v + epsilon));
}

function scaled(weight: Float64Array, shape: readonly number[], axis: OutputAxis, scale: Float64Array): Float64Array {
  if (axis.kind === "first") {
    const row = weight.length / Math.max(1, shape[0] ?? 1);
    return weight.map((w, i) => w * scale[Math.floor(i / row)]!);
  }
  const [inputs = 1, perGroup = 1] = shape;
  const kernel = elementCount(shape.slice(2));
  const inputsPerGroup = inputs / axis.groups;
  return weight.map((w, i) => {
    const group = Math.floor(i / (kernel * perGroup * inputsPerGroup));
    return w * scale[group * perGroup + (Math.floor(i / kernel) % perGroup)]!;
  });
}

/** The named tensors, those left out that a batch norm without gain does not have. */
function present(tensors: ReadonlyMap<string, Tensor>, names: readonly string[]): Tensor[] {
  return names.map((name) => tensors.get(name)).filter((tensor) => tensor !== undefined);
}

/** A tensor in the type that the donor's graph has there. */
export function inType(tensor: Tensor, dtype: DType): Tensor {
  if (dtype !== "float64" || tensor.dtype === "float64") return tensor;
  return { dtype, shape: tensor.shape, bytes: () => new Uint8Array(toFloat64(tensor).buffer) };
}
