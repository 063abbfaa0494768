import { activation } from "./activation.ts";
import { selfAttention } from "./encoderLayer.ts";
import { patchEmbeddings, pixelInput, withTokens } from "./images.ts";
import type { Family, Network } from "./network.ts";
import { firstToken, tokenAt } from "./tokens.ts";

const common = {
  children: ["embeddings", "encoder", "layernorm", "pooler"],
  takes: "images",
} as const;

/** The vision transformer (Dosovitskiy et al. 2020). */
export const vit: Family = {
  ...common,
  names: ["ViT"],
  heads: ["Model", "ForImageClassification"],
  base: "vit",
  build: (network) => classified(network, encoded(network, ["cls_token"])),
};

/** DeiT (Touvron et al. 2020): a vision transformer with a token for a teacher. */
export const deit: Family = {
  ...common,
  names: ["DeiT"],
  heads: ["Model", "ForImageClassification", "ForImageClassificationWithTeacher"],
  base: "deit",
  build(network) {
    const { layers, head } = network;
    const states = encoded(network, ["cls_token", "distillation_token"]);
    if (head !== "ForImageClassificationWithTeacher") return classified(network, states);
    const own = layers.linear("cls_classifier", firstToken(layers, states));
    const taught = layers.linear("distillation_classifier", tokenAt(layers, states, 1));
    return [layers.mul(layers.add(own, taught), layers.builder.floats(0.5))];
  },
};

function classified({ layers, config, head }: Network, states: string): readonly string[] {
  if (head !== "Model") return [layers.linear("classifier", firstToken(layers, states))];
  if (!layers.has("pooler.dense.weight")) return [states];
  const pooled = layers.within("pooler", () =>
    activation(
      layers,
      "activation",
      config.text("pooler_act", "tanh"),
      layers.linear("dense", firstToken(layers, states)),
    ),
  );
  return [states, pooled];
}

/** The normalised tokens behind the last layer. @param learned names of the tokens in front. */
function encoded(network: Network, learned: readonly string[]): string {
  const { layers, config, base } = network;
  const pixels = pixelInput(network);
  const eps = config.number("layer_norm_eps", 1e-12);
  return layers.within(base, () => {
    let x = layers.within("embeddings", () => {
      const tokens = withTokens(layers, learned, patchEmbeddings(network, pixels).tokens);
      return layers.add(
        tokens,
        layers.parameter("position_embeddings", [1, layers.size(tokens, 1), layers.size(tokens, 2)]),
      );
    });
    for (let i = 0; i < config.size("num_hidden_layers", 12); i++) {
      x = layers.within(`encoder.layer.${i}`, () => encoderLayer(network, x, eps));
    }
    return layers.layerNorm("layernorm", x, eps);
  });
}

function encoderLayer({ layers, config }: Network, x: string, eps: number): string {
  const out = layers.size(x, -1);
  const normed = layers.layerNorm("layernorm_before", x, eps);
  const attended = layers.within("attention", () => {
    const mixed = layers.within("attention", () =>
      selfAttention(layers, normed, config.size("num_attention_heads", 12)),
    );
    return layers.linear("output.dense", mixed, { out });
  });
  const between = layers.add(attended, x);
  const again = layers.layerNorm("layernorm_after", between, eps);
  const wide = layers.within("intermediate", () => {
    const dense = layers.linear("dense", again, { out: config.size("intermediate_size", 3072) });
    return activation(layers, "intermediate_act_fn", config.text("hidden_act", "gelu"), dense);
  });
  return layers.add(layers.linear("output.dense", wide, { out }), between);
}
