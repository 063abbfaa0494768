import { int } from "../../graph/attributes.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import { bertEmbeddings, bertEncoder, pooler } from "./bert.ts";
import { wordScores } from "./heads.ts";
import type { Family, Network } from "./network.ts";
import { firstToken, tokenInput } from "./tokens.ts";

/** RoBERTa (Liu et al. 2019) and what has its structure: BERT with positions that count from behind the padding id. */
export const roberta: Family = {
  names: ["Roberta", "XLMRoberta", "Camembert"],
  heads: ["Model", "ForSequenceClassification", "ForTokenClassification", "ForMaskedLM"],
  base: "roberta",
  children: ["embeddings", "encoder", "pooler"],
  takes: "tokens",
  build(network) {
    const { layers, config, base, head } = network;
    const ids = tokenInput(layers, "input_ids");
    const mask = tokenInput(layers, "attention_mask");
    const states = layers.within(base, () => {
      const order = countedPositions(layers, ids, config.index("pad_token_id") ?? 1);
      return bertEncoder(network, bertEmbeddings(network, ids, order), mask);
    });
    switch (head) {
      case "ForSequenceClassification":
        return [layers.within("classifier", () => classifier(layers, states))];
      case "ForTokenClassification":
        return [layers.linear("classifier", states)];
      case "ForMaskedLM":
        return [layers.within("lm_head", () => predictions(network, states))];
      default:
        return layers.has("pooler.dense.weight") ? [states, pooler(layers, states)] : [states];
    }
  },
};

/** batch × T: tokens are counted from `pad` + 1 on; those that fill up are all at `pad`. */
function countedPositions({ builder }: Layers, ids: string, pad: number): string {
  const isFilled = builder.add("Not", [builder.add("Equal", [ids, builder.ints(pad)])]);
  const filled = builder.add("Cast", [isFilled], { to: int(7) });
  const counted = builder.add("Mul", [builder.add("CumSum", [filled, builder.ints(1)]), filled]);
  return builder.add("Add", [counted, builder.ints(pad)]);
}

function classifier(layers: Layers, states: string): string {
  const dense = layers.tanh("", layers.linear("dense", firstToken(layers, states)));
  return layers.linear("out_proj", dense);
}

function predictions(network: Network, states: string): string {
  const { layers, config } = network;
  const dense = layers.gelu("", layers.linear("dense", states));
  const normed = layers.layerNorm("layer_norm", dense, config.number("layer_norm_eps", 1e-12));
  return wordScores(network, normed, "decoder", "embeddings.word_embeddings", "bias");
}
