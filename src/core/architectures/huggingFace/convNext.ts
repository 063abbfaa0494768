import type { Layers } from "../../lowering/layers/layers.ts";
import { activation } from "./activation.ts";
import { pixelInput } from "./images.ts";
import type { Family, Network } from "./network.ts";

/** Of every layer norm but the last, whatever the configuration says. */
const innerEps = 1e-6;

/** ConvNeXt (Liu et al. 2022). */
export const convNext: Family = {
  names: ["ConvNext"],
  heads: ["Model", "ForImageClassification"],
  base: "convnext",
  children: ["embeddings", "encoder", "layernorm"],
  takes: "images",
  anySize: true,
  build(network) {
    const { layers, config, base, head } = network;
    const pixels = pixelInput(network);
    const [map, pooled] = layers.within(base, () => {
      const last = stages(network, stem(network, pixels));
      const eps = config.number("layer_norm_eps", 1e-12);
      return [last, layers.layerNorm("layernorm", layers.mean(last, [2, 3]), eps)];
    });
    if (head !== "Model") return [layers.linear("classifier", pooled)];
    return [map, pooled];
  },
};

function stem({ layers, config }: Network, pixels: string): string {
  return layers.within("embeddings", () => {
    const [out] = config.sizes("hidden_sizes");
    const kernel = config.pair("patch_size", 4);
    const map = layers.conv2d("patch_embeddings", pixels, {
      kernel,
      stride: kernel,
      ...(out !== undefined && { out }),
    });
    return channelNorm(layers, "layernorm", map);
  });
}

function stages(network: Network, embedded: string): string {
  const { layers, config } = network;
  const depths = config.sizes("depths");
  let x = embedded;
  for (const [stage, out] of config.sizes("hidden_sizes").entries()) {
    x = layers.within(`encoder.stages.${stage}`, () => {
      let y = stage === 0 ? x : downsampled(layers, x, out);
      for (let i = 0; i < (depths[stage] ?? 0); i++) y = layers.within(`layers.${i}`, () => block(network, y));
      return y;
    });
  }
  return x;
}

function downsampled(layers: Layers, x: string, out: number): string {
  return layers.within("downsampling_layer", () =>
    layers.conv2d("1", channelNorm(layers, "0", x), { kernel: 2, stride: 2, out }),
  );
}

function block({ layers, config }: Network, x: string): string {
  const width = layers.size(x, 1);
  const spread = layers.conv2d("dwconv", x, { kernel: 7, padding: 3, groups: width, out: width });
  const normed = layers.layerNorm("layernorm", layers.permute(spread, [0, 2, 3, 1]), innerEps);
  const wide = layers.linear("pwconv1", normed, { out: 4 * width });
  const narrow = layers.linear("pwconv2", activation(layers, "act", config.text("hidden_act", "gelu"), wide), {
    out: width,
  });
  const scaled = layers.has("layer_scale_parameter")
    ? layers.mul(narrow, layers.parameter("layer_scale_parameter", [width]))
    : narrow;
  return layers.add(layers.permute(scaled, [0, 3, 1, 2]), x);
}

/** Layer norm over the channels of maps. */
function channelNorm(layers: Layers, name: string, x: string): string {
  return layers.permute(layers.layerNorm(name, layers.permute(x, [0, 2, 3, 1]), innerEps), [0, 3, 1, 2]);
}
