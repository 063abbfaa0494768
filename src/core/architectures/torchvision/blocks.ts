import type { Convolution, Layers, Pair } from "../../lowering/layers/layers.ts";

/** Blocks that many of torchvision's networks are made of (`torchvision.ops.misc`). */

/** An activation function by the name of its module. */
export type Activation = (layers: Layers, name: string, x: string) => string;

export const relu: Activation = (layers, name, x) => layers.relu(name, x);
export const relu6: Activation = (layers, name, x) => layers.relu6(name, x);
export const silu: Activation = (layers, name, x) => layers.silu(name, x);
export const gelu: Activation = (layers, name, x) => layers.gelu(name, x);
export const hardswish: Activation = (layers, name, x) => layers.hardswish(name, x);

export interface ConvNorm extends Omit<Convolution, "padding" | "bias"> {
  readonly kernel: Pair;
  readonly eps?: number;
  readonly activation?: Activation | undefined;
}

/** `Conv2dNormActivation`: convolution `0`, padded to keep the size, batch norm `1`, activation `2`. */
export function convNorm(layers: Layers, name: string, x: string, options: ConvNorm): string {
  const { kernel, eps = 1e-5, activation } = options;
  const padding = typeof kernel === "number" ? (kernel - 1) / 2 : ([(kernel[0] - 1) / 2, (kernel[1] - 1) / 2] as const);
  return layers.within(name, () => {
    const convolved = layers.conv2d("0", x, { ...options, padding, bias: false });
    const normed = layers.batchNorm("1", convolved, eps);
    return activation ? activation(layers, "2", normed) : normed;
  });
}

/** `SqueezeExcitation`: channels weighed by what their means say. @param squeeze channels between its convolutions. */
export function squeezeExcitation(
  layers: Layers,
  name: string,
  x: string,
  options: { readonly squeeze?: number; readonly activation: Activation; readonly scale?: "sigmoid" | "hardsigmoid" },
): string {
  const { squeeze, activation, scale = "sigmoid" } = options;
  return layers.within(name, () => {
    const means = layers.adaptiveAvgPool("avgpool", x);
    const narrow = layers.conv2d("fc1", means, {
      kernel: 1,
      bias: true,
      ...(squeeze !== undefined && { out: squeeze }),
    });
    const active = activation(layers, "activation", narrow);
    const wide = layers.conv2d("fc2", active, { out: layers.size(x, 1), kernel: 1, bias: true });
    return layers.mul(layers[scale]("scale_activation", wide), x);
  });
}

/** Mean over the image, then the classifier: how most of the networks end. */
export function poolAndClassify(layers: Layers, x: string, pool: string, classifier: string): string {
  return layers.linear(classifier, layers.flatten(layers.adaptiveAvgPool(pool, x)), { bias: true });
}
