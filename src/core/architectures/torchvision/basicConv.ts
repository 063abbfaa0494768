import type { Convolution, Layers, Pair } from "../../lowering/layers/layers.ts";

/** Inception's and GoogLeNet's `BasicConv2d`: `conv`, `bn`, and a ReLU that it calls as a function. */
export function basicConv(
  layers: Layers,
  name: string,
  x: string,
  out: number,
  kernel: Pair,
  options: Pick<Convolution, "stride" | "padding"> = {},
): string {
  return layers.within(name, () => {
    const convolved = layers.conv2d("conv", x, { ...options, out, kernel, bias: false });
    return layers.relu("", layers.batchNorm("bn", convolved, 0.001));
  });
}

/** Asks for the parameters of such a block, which is not run. */
export function claimBasicConv(layers: Layers, name: string, channels: number, out: number, kernel: number): void {
  const take = (parameter: string, shape: readonly number[]) =>
    layers.parameters.take(layers.path(`${name}.${parameter}`), shape);
  take("conv.weight", [out, channels, kernel, kernel]);
  for (const parameter of ["weight", "bias", "running_mean", "running_var"]) take(`bn.${parameter}`, [out]);
}

/** As {@link claimBasicConv}, of a linear layer. @param out `undefined` for as many classes as there are. */
export function claimLinear(layers: Layers, name: string, features: number, out: number | undefined): void {
  layers.parameters.take(layers.path(`${name}.weight`), [out, features]);
  layers.parameters.take(layers.path(`${name}.bias`), [out]);
}

/** What is said of both networks' input. */
export const untransformedInput =
  "its input as it comes (transform_input off; weights published by torchvision want a mean and deviation of 0.5)";
