import { attention, splitHeads } from "../../lowering/layers/attention.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import { activation } from "./activation.ts";
import { type Config, unsupportedOption } from "./config.ts";
import { wordScores } from "./heads.ts";
import type { Family, Network } from "./network.ts";
import { type Rotation, rotated, rotation } from "./rotary.ts";
import { causalBias, embedding, lastToken, tokenInput } from "./tokens.ts";

const common = {
  heads: ["Model", "ForCausalLM", "ForSequenceClassification"],
  base: "model",
  children: ["embed_tokens", "layers", "norm"],
  takes: "tokens",
} as const;

/** Llama (Touvron et al. 2023), with grouped queries. */
export const llama: Family = { ...common, names: ["Llama"], build: (network) => build(network, () => undefined) };

/** Qwen 2: Llama with biases on queries, keys and values; some layers may look at a window only. */
export const qwen2: Family = { ...common, names: ["Qwen2"], build: (network) => build(network, slidingWindow) };

/** Tokens that a layer of Qwen 2 looks back on; `undefined` for all. */
function slidingWindow(config: Config, layer: number): number | undefined {
  if (!config.flag("use_sliding_window", false)) return undefined;
  const kind = config.texts("layer_types")?.[layer];
  const slides = kind === undefined ? layer >= config.size("max_window_layers", 28) : kind === "sliding_attention";
  return slides ? config.size("sliding_window", 4096) : undefined;
}

function build(network: Network, windowOf: (config: Config, layer: number) => number | undefined): readonly string[] {
  const { layers, config, base, head } = network;
  const ids = tokenInput(layers, "input_ids");
  const mask = tokenInput(layers, "attention_mask");
  const states = layers.within(base, () => decoder(network, ids, mask, (layer) => windowOf(config, layer)));
  switch (head) {
    case "ForCausalLM":
      return [wordScores(network, states, "lm_head", "embed_tokens")];
    case "ForSequenceClassification": {
      const last = lastToken(layers, states, ids, config.index("pad_token_id"));
      return [layers.linear("score", last, { bias: false })];
    }
    default:
      return [states];
  }
}

function decoder(
  { layers, config }: Network,
  ids: string,
  mask: string,
  windowOf: (layer: number) => number | undefined,
): string {
  const width = config.size("hidden_size", 4096);
  const eps = config.number("rms_norm_eps", 1e-6);
  const heads = headsOf(config, width);
  let x = embedding(layers, "embed_tokens", ids, width);
  const turn = rotation(layers, ids, config, heads.size);
  const biases = new Map<number | undefined, string>();
  for (let i = 0; i < config.size("num_hidden_layers", 32); i++) {
    const window = windowOf(i);
    // Behind the samples, keys' heads and the queries of each.
    const bias = biases.get(window) ?? unsqueezed(layers, causalBias(layers, ids, mask, window));
    biases.set(window, bias);
    x = layers.within(`layers.${i}`, () => {
      const normed = rmsNorm(layers, "input_layernorm", x, eps);
      const attended = layers.within("self_attn", () => groupedAttention(layers, normed, heads, turn, bias, width));
      const between = layers.add(attended, x);
      const again = rmsNorm(layers, "post_attention_layernorm", between, eps);
      return layers.add(
        layers.within("mlp", () => gated(layers, config, again, width)),
        between,
      );
    });
  }
  return rmsNorm(layers, "norm", x, eps);
}

/** Features of a head, at most: their angles are computed before any weight is looked at. */
const largestHead = 2 ** 14;

interface Heads {
  readonly queries: number;
  /** Heads of keys and values, each of which several queries share. */
  readonly keys: number;
  readonly size: number;
}

function headsOf(config: Config, width: number): Heads {
  const queries = config.size("num_attention_heads", 32);
  const keys = config.size("num_key_value_heads", queries);
  const size = config.size("head_dim", Math.floor(width / queries));
  if (queries % keys !== 0) throw unsupportedOption("num_key_value_heads", keys);
  if (size % 2 !== 0 || size > largestHead) throw unsupportedOption("head_dim", size);
  return { queries, keys, size };
}

function groupedAttention(
  layers: Layers,
  x: string,
  { queries, keys, size }: Heads,
  turn: Rotation,
  bias: string,
  width: number,
): string {
  const group = queries / keys;
  // batch × keys × group × T × size: queries of a group meet the same keys.
  const projected = layers.linear("q_proj", x, { out: queries * size });
  const q = layers.permute(layers.reshape(projected, [0, 0, keys, group, size]), [0, 2, 3, 1, 4]);
  const [k, v] = ["k_proj", "v_proj"].map((name) =>
    splitHeads(layers, layers.linear(name, x, { out: keys * size }), keys),
  );
  const shared = [rotated(layers, k!, turn), v!].map((each) =>
    layers.builder.add("Unsqueeze", [each, layers.builder.ints([2])]),
  );
  const mixed = attention(layers, [rotated(layers, q, turn), shared[0]!, shared[1]!], { bias });
  const merged = layers.reshape(layers.permute(mixed, [0, 3, 1, 2, 4]), [0, 0, queries * size]);
  return layers.linear("o_proj", merged, { out: width });
}

function gated(layers: Layers, config: Config, x: string, width: number): string {
  const out = config.size("intermediate_size", 11_008);
  const gate = activation(layers, "act_fn", config.text("hidden_act", "silu"), layers.linear("gate_proj", x, { out }));
  return layers.linear("down_proj", layers.mul(gate, layers.linear("up_proj", x, { out })), { out: width });
}

/** x / √(mean x² + ε) · weight, over the last axis. */
function rmsNorm(layers: Layers, name: string, x: string, eps: number): string {
  const { builder } = layers;
  return layers.within(name, () => {
    const squares = builder.add("ReduceMean", [layers.mul(x, x), builder.ints([-1])]);
    const root = builder.add("Sqrt", [layers.add(squares, builder.floats(eps))]);
    return layers.mul(builder.add("Div", [x, root]), layers.parameter("weight", [layers.size(x, -1)]));
  });
}

function unsqueezed({ builder }: Layers, bias: string): string {
  return builder.add("Unsqueeze", [bias, builder.ints([1])]);
}
