import { float, text } from "../../graph/attributes.ts";
import { activation } from "./activation.ts";
import { selfAttention } from "./encoderLayer.ts";
import { patchEmbeddings, pixelInput, tableSide, withTokens } from "./images.ts";
import type { Family, Network } from "./network.ts";
import { firstToken } from "./tokens.ts";

/** DINOv2 (Oquab et al. 2023): a vision transformer for images of any size, with learned scales on its residuals. */
export const dinov2: Family = {
  names: ["Dinov2"],
  heads: ["Model", "ForImageClassification"],
  base: "dinov2",
  children: ["embeddings", "encoder", "layernorm"],
  takes: "images",
  anySize: true,
  build(network) {
    const { layers, head } = network;
    const states = encoded(network);
    if (head === "Model") return [states, firstToken(layers, states)];
    const patches = layers.slice(states, 1, 1, layers.size(states, 1));
    const both = layers.concat([firstToken(layers, states), layers.mean(patches, [1])], 1);
    return [layers.linear("classifier", both)];
  },
};

function encoded(network: Network): string {
  const { layers, config, base } = network;
  const pixels = pixelInput(network);
  const eps = config.number("layer_norm_eps", 1e-6);
  return layers.within(base, () => {
    let x = layers.within("embeddings", () => {
      const { tokens, grid } = patchEmbeddings(network, pixels);
      return layers.add(
        withTokens(layers, ["cls_token"], tokens),
        positionTable(network, grid, layers.size(tokens, -1)),
      );
    });
    for (let i = 0; i < config.size("num_hidden_layers", 12); i++) {
      x = layers.within(`encoder.layer.${i}`, () => encoderLayer(network, x, eps));
    }
    return layers.layerNorm("layernorm", x, eps);
  });
}

/** The learned positions, 1 × (1 + patches) × d, those of the patches resized to as many as there are. */
function positionTable({ layers }: Network, [height, width]: readonly [number, number], size: number): string {
  const table = layers.parameter("position_embeddings", [1, undefined, size]);
  const count = layers.size(table, 1) - 1;
  if (count === height * width && height === width) return table;
  const { builder } = layers;
  const side = tableSide(count);
  const map = layers.reshape(layers.slice(table, 1, 1, count + 1), [1, side, side, size]);
  const resized = builder.add(
    "Resize",
    [layers.permute(map, [0, 3, 1, 2]), "", "", builder.ints([1, size, height, width])],
    {
      mode: text("cubic"),
      cubic_coeff_a: float(-0.75),
      coordinate_transformation_mode: text("half_pixel"),
    },
  );
  const patches = layers.reshape(layers.permute(resized, [0, 2, 3, 1]), [1, height * width, size]);
  return layers.concat([layers.slice(table, 1, 0, 1), patches], 1);
}

function encoderLayer({ layers, config }: Network, x: string, eps: number): string {
  const out = layers.size(x, -1);
  const scaled = (name: string, value: string) =>
    layers.within(name, () => layers.mul(value, layers.parameter("lambda1", [out])));
  const normed = layers.layerNorm("norm1", x, eps);
  const attended = layers.within("attention", () => {
    const mixed = layers.within("attention", () =>
      selfAttention(layers, normed, config.size("num_attention_heads", 12)),
    );
    return layers.linear("output.dense", mixed, { out });
  });
  const between = layers.add(scaled("layer_scale1", attended), x);
  const again = layers.layerNorm("norm2", between, eps);
  const transformed = layers.within("mlp", () =>
    config.flag("use_swiglu_ffn", false) ? swiGlu({ layers }, again) : perceptron({ layers, config }, again),
  );
  return layers.add(scaled("layer_scale2", transformed), between);
}

function perceptron({ layers, config }: Pick<Network, "layers" | "config">, x: string): string {
  const out = layers.size(x, -1);
  const wide = layers.linear("fc1", x, { out: Math.floor(out * config.number("mlp_ratio", 4)) });
  return layers.linear("fc2", activation(layers, "activation", config.text("hidden_act", "gelu"), wide), { out });
}

/** Two layers in one, of which the first gates the second. */
function swiGlu({ layers }: Pick<Network, "layers">, x: string): string {
  const both = layers.linear("weights_in", x);
  const half = Math.floor(layers.size(both, -1) / 2);
  const [gate, value] = [layers.slice(both, -1, 0, half), layers.slice(both, -1, half, 2 * half)];
  return layers.linear("weights_out", layers.mul(layers.silu("", gate), value), { out: layers.size(x, -1) });
}
