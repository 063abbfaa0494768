import type { Layers } from "../../lowering/layers/layers.ts";
import { activation } from "./activation.ts";
import { type Config, unsupportedOption } from "./config.ts";
import { selfAttention, usualProjections } from "./encoderLayer.ts";
import { wordScores } from "./heads.ts";
import type { Family, Network } from "./network.ts";
import { embedding, firstToken, paddingBias, positions, tokenInput } from "./tokens.ts";

/** BERT (Devlin et al. 2018): `BertModel` and the heads on it. */
export const bert: Family = {
  names: ["Bert"],
  heads: ["Model", "ForSequenceClassification", "ForTokenClassification", "ForMaskedLM", "ForPreTraining"],
  base: "bert",
  children: ["embeddings", "encoder", "pooler"],
  takes: "tokens",
  build(network) {
    const { layers, base, head } = network;
    const ids = tokenInput(layers, "input_ids");
    const mask = tokenInput(layers, "attention_mask");
    const states = layers.within(base, () => {
      const order = positions(layers, ids);
      return bertEncoder(network, bertEmbeddings(network, ids, order), mask);
    });
    const pooled = (): string => layers.within(base, () => pooler(layers, states));
    switch (head) {
      case "ForSequenceClassification":
        return [layers.linear("classifier", pooled())];
      case "ForTokenClassification":
        return [layers.linear("classifier", states)];
      case "ForMaskedLM":
      case "ForPreTraining":
        return [layers.within("cls.predictions", () => predictions(network, states))];
      default:
        return layers.has("pooler.dense.weight") ? [states, pooled()] : [states];
    }
  },
};

/** Words, positions and types, summed and normalised. @param order positions: T, or batch × T. */
export function bertEmbeddings({ layers, config }: Network, ids: string, order: string): string {
  const kind = config.text("position_embedding_type", "absolute");
  if (kind !== "absolute") throw unsupportedOption("position_embedding_type", kind);
  const types = config.size("type_vocab_size", 2) > 1 ? tokenInput(layers, "token_type_ids") : layers.builder.ints([0]);
  return layers.within("embeddings", () => {
    const words = embedding(layers, "word_embeddings", ids, config.size("hidden_size", 768));
    const summed = layers.add(words, embedding(layers, "token_type_embeddings", types));
    const placed = layers.add(summed, embedding(layers, "position_embeddings", order));
    return layers.layerNorm("LayerNorm", placed, config.number("layer_norm_eps", 1e-12));
  });
}

/** The stack of layers, each normalised behind its residual sums. */
export function bertEncoder({ layers, config }: Network, embedded: string, mask: string): string {
  if (config.flag("is_decoder", false)) throw unsupportedOption("is_decoder", true);
  const bias = paddingBias(layers, mask);
  let x = embedded;
  for (let i = 0; i < config.size("num_hidden_layers", 12); i++) {
    x = layers.within(`encoder.layer.${i}`, () => {
      const attended = layers.within("attention", () => {
        const heads = config.size("num_attention_heads", 12);
        const mixed = layers.within("self", () => selfAttention(layers, x, heads, usualProjections, bias));
        return residual(layers, config, mixed, x);
      });
      const wide = layers.within("intermediate", () =>
        activation(
          layers,
          "intermediate_act_fn",
          config.text("hidden_act", "gelu"),
          layers.linear("dense", attended, { out: config.size("intermediate_size", 3072) }),
        ),
      );
      return residual(layers, config, wide, attended);
    });
  }
  return x;
}

function residual(layers: Layers, config: Config, x: string, before: string): string {
  return layers.within("output", () => {
    const projected = layers.linear("dense", x, { out: layers.size(before, -1) });
    return layers.layerNorm("LayerNorm", layers.add(projected, before), config.number("layer_norm_eps", 1e-12));
  });
}

/** The first token through a layer and tanh. */
export function pooler(layers: Layers, states: string): string {
  return layers.within("pooler", () => layers.tanh("activation", layers.linear("dense", firstToken(layers, states))));
}

/** Scores of words, whose vectors are those of the embeddings unless the file has others. */
function predictions(network: Network, states: string): string {
  const { layers, config } = network;
  const transformed = layers.within("transform", () => {
    const dense = activation(
      layers,
      "transform_act_fn",
      config.text("hidden_act", "gelu"),
      layers.linear("dense", states),
    );
    return layers.layerNorm("LayerNorm", dense, config.number("layer_norm_eps", 1e-12));
  });
  return wordScores(network, transformed, "decoder", "embeddings.word_embeddings", "bias");
}
