import type { Layers } from "../../lowering/layers/layers.ts";
import { activation } from "./activation.ts";
import { unsupportedOption } from "./config.ts";
import { pixelInput } from "./images.ts";
import type { Family, Network } from "./network.ts";

/** ResNet (He et al. 2015) as transformers has it: the stride of a bottleneck is on its 3 × 3 convolution. */
export const resNet: Family = {
  names: ["ResNet"],
  heads: ["Model", "ForImageClassification"],
  base: "resnet",
  children: ["embedder", "encoder"],
  takes: "images",
  anySize: true,
  build(network) {
    const { layers, config, base, head } = network;
    const pixels = pixelInput(network);
    const [map, pooled] = layers.within(base, () => {
      const kind = config.text("layer_type", "bottleneck");
      if (kind !== "basic" && kind !== "bottleneck") throw unsupportedOption("layer_type", kind);
      const last = stages(network, stem(network, pixels));
      return [last, layers.adaptiveAvgPool("pooler", last)];
    });
    if (head !== "Model") return [layers.linear("classifier.1", layers.flatten(pooled))];
    return [map, pooled];
  },
};

function stem({ layers, config }: Network, pixels: string): string {
  return layers.within("embedder", () => {
    const out = config.size("embedding_size", 64);
    const first = layers.within("embedder", () => {
      const normed = convolution(layers, pixels, out, 7, 2);
      return activation(layers, "activation", config.text("hidden_act", "relu"), normed);
    });
    return layers.maxPool("pooler", first, { kernel: 3, stride: 2, padding: 1 });
  });
}

function stages(network: Network, embedded: string): string {
  const { layers, config } = network;
  const depths = config.sizes("depths");
  let x = embedded;
  for (const [stage, out] of config.sizes("hidden_sizes").entries()) {
    for (let i = 0; i < (depths[stage] ?? 0); i++) {
      const strides = stage > 0 || config.flag("downsample_in_first_stage", false);
      const stride = i === 0 && strides ? 2 : 1;
      x = layers.within(`encoder.stages.${stage}.layers.${i}`, () => block(network, x, out, stride));
    }
  }
  return x;
}

function block({ layers, config }: Network, x: string, out: number, stride: number): string {
  const isDeep = config.text("layer_type", "bottleneck") === "bottleneck";
  const inner = isDeep ? Math.floor(out / 4) : out;
  const early = config.flag("downsample_in_bottleneck", false);
  const step = (i: number, value: string, size: number, kernel: number, by: number, isLast: boolean) =>
    layers.within(`layer.${i}`, () => {
      const normed = convolution(layers, value, size, kernel, by);
      // ReLU inside, whatever the configuration says of the block's end.
      return isLast ? normed : layers.relu("activation", normed);
    });
  const shortcut =
    layers.size(x, 1) !== out || stride !== 1
      ? layers.within("shortcut", () => convolution(layers, x, out, 1, stride))
      : x;
  const first = isDeep ? step(0, x, inner, 1, early ? stride : 1, false) : step(0, x, inner, 3, stride, false);
  const second = isDeep ? step(1, first, inner, 3, early ? 1 : stride, false) : step(1, first, out, 3, 1, true);
  const last = isDeep ? step(2, second, out, 1, 1, true) : second;
  return activation(layers, "activation", config.text("hidden_act", "relu"), layers.add(last, shortcut));
}

/** A convolution that keeps the size but for its stride, and its batch norm. */
function convolution(layers: Layers, x: string, out: number, kernel: number, stride: number): string {
  const padding = Math.floor(kernel / 2);
  return layers.batchNorm(
    "normalization",
    layers.conv2d("convolution", x, { out, kernel, stride, padding, bias: false }),
  );
}
