import { activation } from "./activation.ts";
import { selfAttention } from "./encoderLayer.ts";
import { wordScores } from "./heads.ts";
import type { Family, Network } from "./network.ts";
import { embedding, firstToken, paddingBias, positions, tokenInput } from "./tokens.ts";

/** Of every layer norm, whatever the configuration says. */
const eps = 1e-12;
const projections = { query: "q_lin", key: "k_lin", value: "v_lin" };

/** DistilBERT (Sanh et al. 2019). */
export const distilBert: Family = {
  names: ["DistilBert"],
  heads: ["Model", "ForSequenceClassification", "ForTokenClassification", "ForMaskedLM"],
  base: "distilbert",
  children: ["embeddings", "transformer"],
  takes: "tokens",
  build(network) {
    const { layers, config, base, head } = network;
    const ids = tokenInput(layers, "input_ids");
    const mask = tokenInput(layers, "attention_mask");
    const states = layers.within(base, () => encoder(network, ids, mask));
    switch (head) {
      case "ForSequenceClassification": {
        const dense = layers.relu("", layers.linear("pre_classifier", firstToken(layers, states)));
        return [layers.linear("classifier", dense)];
      }
      case "ForTokenClassification":
        return [layers.linear("classifier", states)];
      case "ForMaskedLM": {
        const kind = config.text("activation", "gelu");
        const dense = activation(layers, "activation", kind, layers.linear("vocab_transform", states));
        const normed = layers.layerNorm("vocab_layer_norm", dense, eps);
        return [wordScores(network, normed, "vocab_projector", "embeddings.word_embeddings")];
      }
      default:
        return [states];
    }
  },
};

function encoder({ layers, config }: Network, ids: string, mask: string): string {
  let x = layers.within("embeddings", () => {
    const words = embedding(layers, "word_embeddings", ids, config.size("dim", 768));
    const placed = layers.add(words, embedding(layers, "position_embeddings", positions(layers, ids)));
    return layers.layerNorm("LayerNorm", placed, eps);
  });
  const bias = paddingBias(layers, mask);
  for (let i = 0; i < config.size("n_layers", 6); i++) {
    x = layers.within(`transformer.layer.${i}`, () => {
      const attended = layers.within("attention", () =>
        layers.linear("out_lin", selfAttention(layers, x, config.size("n_heads", 12), projections, bias)),
      );
      const normed = layers.layerNorm("sa_layer_norm", layers.add(attended, x), eps);
      const transformed = layers.within("ffn", () => {
        const wide = layers.linear("lin1", normed, { out: config.size("hidden_dim", 3072) });
        return layers.linear("lin2", activation(layers, "activation", config.text("activation", "gelu"), wide));
      });
      return layers.layerNorm("output_layer_norm", layers.add(transformed, normed), eps);
    });
  }
  return x;
}
