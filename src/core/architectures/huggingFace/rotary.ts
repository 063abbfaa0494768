import { int } from "../../graph/attributes.ts";
import { float32Tensor, type Tensor } from "../../graph/tensor.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import { type Config, unsupportedOption } from "./config.ts";
import { positions } from "./tokens.ts";

/** Cosines and sines of rotary position embeddings (Su et al. 2021): T × features of a head each. */
export interface Rotation {
  readonly cos: string;
  readonly sin: string;
}

/** The rotation of each token of a sequence. */
export function rotation(layers: Layers, ids: string, config: Config, headSize: number): Rotation {
  const { builder } = layers;
  const order = builder.add("Unsqueeze", [
    builder.add("Cast", [positions(layers, ids)], { to: int(1) }),
    builder.ints([1]),
  ]);
  const angles = layers.mul(order, builder.constant(frequencies(config, headSize), "inv_freq"));
  const both = layers.concat([angles, angles], -1);
  return { cos: builder.add("Cos", [both]), sin: builder.add("Sin", [both]) };
}

/** Turns the features of queries or keys, in pairs that lie half a head apart. @param x … × T × features. */
export function rotated(layers: Layers, x: string, { cos, sin }: Rotation): string {
  const size = layers.size(x, -1);
  const [first, second] = [layers.slice(x, -1, 0, size / 2), layers.slice(x, -1, size / 2, size)];
  const turned = layers.concat([layers.builder.add("Neg", [second]), first], -1);
  return layers.add(layers.mul(x, cos), layers.mul(turned, sin));
}

/**
 * Angles per token: 1 × features / 2. Configurations hold their rule in `rope_parameters`, earlier ones in `rope_theta` and
 * `rope_scaling`.
 * @throws Failure `config/unsupported-option` for rules other than `default`, `linear` and `llama3`.
 */
export function frequencies(config: Config, headSize: number): Tensor {
  const share = config.number("partial_rotary_factor", 1);
  if (share !== 1) throw unsupportedOption("partial_rotary_factor", share);
  const rule = config.inner("rope_parameters") ?? config.inner("rope_scaling");
  const theta = config.inner("rope_parameters")?.number("rope_theta", 10_000) ?? config.number("rope_theta", 10_000);
  const kind = rule?.text("rope_type", rule.text("type", "default")) ?? "default";
  const plain = Array.from({ length: headSize / 2 }, (_, i) => theta ** ((-2 * i) / headSize));
  const shape = [1, plain.length];
  if (kind === "default" || !rule) return float32Tensor(shape, plain);
  const factor = rule.number("factor");
  if (kind === "linear")
    return float32Tensor(
      shape,
      plain.map((frequency) => frequency / factor),
    );
  if (kind !== "llama3") throw unsupportedOption("rope_type", kind);

  // Slow turns are slowed down, fast ones kept, those between blended.
  const [low, high] = [rule.number("low_freq_factor"), rule.number("high_freq_factor")];
  const context = rule.number("original_max_position_embeddings");
  const scaled = plain.map((frequency) => {
    const turns = (context * frequency) / (2 * Math.PI);
    if (turns < low) return frequency / factor;
    if (turns > high) return frequency;
    const kept = (turns - low) / (high - low);
    return (1 - kept) * (frequency / factor) + kept * frequency;
  });
  return float32Tensor(shape, scaled);
}
