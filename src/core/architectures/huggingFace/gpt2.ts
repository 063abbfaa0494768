import { attention, mergeHeads, splitHeads } from "../../lowering/layers/attention.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import { activation } from "./activation.ts";
import { unsupportedOption } from "./config.ts";
import { wordScores } from "./heads.ts";
import type { Family, Network } from "./network.ts";
import { causalBias, embedding, lastToken, positions, tokenInput } from "./tokens.ts";

/** GPT-2 (Radford et al. 2019). */
export const gpt2: Family = {
  names: ["GPT2"],
  heads: ["Model", "LMHeadModel", "ForSequenceClassification"],
  base: "transformer",
  children: ["wte", "wpe", "h", "ln_f"],
  takes: "tokens",
  build(network) {
    const { layers, config, base, head } = network;
    const ids = tokenInput(layers, "input_ids");
    const mask = tokenInput(layers, "attention_mask");
    const states = layers.within(base, () => decoder(network, ids, mask));
    switch (head) {
      case "LMHeadModel":
        return [wordScores(network, states, "lm_head", "wte")];
      case "ForSequenceClassification": {
        const last = lastToken(layers, states, ids, config.index("pad_token_id"));
        return [layers.linear("score", last, { bias: false })];
      }
      default:
        return [states];
    }
  },
};

function decoder({ layers, config }: Network, ids: string, mask: string): string {
  if (config.flag("add_cross_attention", false)) throw unsupportedOption("add_cross_attention", true);
  const width = config.size("n_embd", 768);
  const heads = config.size("n_head", 12);
  const eps = config.number("layer_norm_epsilon", 1e-5);
  const words = embedding(layers, "wte", ids, width);
  let x = layers.add(words, embedding(layers, "wpe", positions(layers, ids), width));
  const bias = causalBias(layers, ids, mask);
  for (let i = 0; i < config.size("n_layer", 12); i++) {
    const scale =
      (config.flag("scale_attn_weights", true) ? (width / heads) ** -0.5 : 1) /
      (config.flag("scale_attn_by_inverse_layer_idx", false) ? i + 1 : 1);
    x = layers.within(`h.${i}`, () => {
      const normed = layers.layerNorm("ln_1", x, eps);
      const attended = layers.within("attn", () => {
        const projected = conv1d(layers, "c_attn", normed, 3 * width);
        const [q, k, v] = [0, 1, 2].map((part) =>
          splitHeads(layers, layers.slice(projected, -1, part * width, (part + 1) * width), heads),
        );
        return conv1d(layers, "c_proj", mergeHeads(layers, attention(layers, [q!, k!, v!], { scale, bias })), width);
      });
      const between = layers.add(attended, x);
      const again = layers.layerNorm("ln_2", between, eps);
      const transformed = layers.within("mlp", () => {
        const wide = conv1d(layers, "c_fc", again, config.index("n_inner") ?? 4 * width);
        return conv1d(
          layers,
          "c_proj",
          activation(layers, "act", config.text("activation_function", "gelu_new"), wide),
          width,
        );
      });
      return layers.add(transformed, between);
    });
  }
  return layers.layerNorm("ln_f", x, eps);
}

/** A linear layer whose weight has its inputs first. */
function conv1d(layers: Layers, name: string, x: string, out: number): string {
  return layers.within(name, () => {
    const weight = layers.parameter("weight", [layers.size(x, -1), out]);
    return layers.add(layers.builder.add("MatMul", [x, weight]), layers.parameter("bias", [out]));
  });
}
