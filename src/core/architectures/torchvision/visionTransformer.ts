import { multiHeadAttention } from "../../lowering/layers/attention.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import { type Family, nameOf, type Shapes } from "./network.ts";

interface Sizes {
  readonly patch: number;
  readonly depth: number;
  readonly width: number;
  /** Features within the two linear layers. */
  readonly inner: number;
}

const sizes = (patch: number, depth: number, width: number): Sizes => ({ patch, depth, width, inner: 4 * width });

const known: Readonly<Record<string, Sizes>> = {
  vit_b_16: sizes(16, 12, 768),
  vit_b_32: sizes(32, 12, 768),
  vit_l_16: sizes(16, 24, 1024),
  vit_l_32: sizes(32, 24, 1024),
  vit_h_14: sizes(14, 32, 1280),
};

/** Heads of those, by width; 64 features each where torchvision has no such width. */
const headsOf: ReadonlyMap<number, number> = new Map([
  [768, 12],
  [1024, 16],
  [1280, 16],
]);

const eps = 1e-6;

/** The Vision Transformer; also of checkpoints that name its linear layers `linear_1`, `linear_2`. */
export const visionTransformer: Family = (shapes) => {
  const patches = shapes.of("conv_proj.weight");
  const positions = shapes.of("encoder.pos_embedding");
  if (!patches || positions?.length !== 3 || !shapes.has("class_token", "heads.head.weight")) return;
  const found = sizesOf(shapes, patches);
  const side = found.patch * Math.round(Math.sqrt(positions[1]! - 1));
  const heads = headsOf.get(found.width) ?? found.width / 64;
  if ((side / found.patch) ** 2 !== positions[1]! - 1 || !Number.isInteger(heads)) return;
  const { width, inner, depth } = found;
  return {
    name: nameOf(known, found) ?? `VisionTransformer of ${depth} layers, ${width} wide, patches of ${found.patch}`,
    assumed: `${heads} heads, the activation (GELU) and the norms' epsilon of 0.000001`,
    channels: patches[1] ?? 0,
    side,
    fixed: true,
    build(layers, image) {
      const count = positions[1]! - 1;
      const options = { out: width, kernel: found.patch, stride: found.patch, bias: true };
      const maps = layers.conv2d("conv_proj", image, options);
      const tokens = layers.permute(layers.reshape(maps, [0, width, count]), [0, 2, 1]);
      let x = layers.concat([classToken(layers, width, tokens), tokens]);
      x = layers.within("encoder", () => {
        let y = layers.add(x, layers.parameter("pos_embedding", [1, count + 1, width]));
        for (let i = 0; i < depth; i++) {
          y = layers.within(`layers.encoder_layer_${i}`, () => encoderLayer(layers, y, heads, inner));
        }
        return layers.layerNorm("ln", y, eps);
      });
      // Axis 1 goes with its one element, so that no size has to be known.
      const first = layers.builder.add("Squeeze", [layers.slice(x, 1, 0, 1), layers.builder.ints([1])]);
      return layers.within("heads", () => {
        if (!layers.has("pre_logits.weight")) return layers.linear("head", first, { bias: true });
        return layers.linear("head", layers.tanh("act", layers.linear("pre_logits", first, { bias: true })), {
          bias: true,
        });
      });
    },
  };
};

function sizesOf(shapes: Shapes, [width = 0, , patch = 0]: readonly number[]): Sizes {
  const layer = (i: number) => `encoder.layers.encoder_layer_${i}`;
  const inner = shapes.size(`${layer(0)}.mlp.0.weight`, 0) || shapes.size(`${layer(0)}.mlp.linear_1.weight`, 0);
  return { patch, depth: shapes.count((i) => `${layer(i)}.ln_1.weight`), width, inner };
}

/** The class token once for each sample: batch × 1 × width. */
function classToken(layers: Layers, width: number, tokens: string): string {
  const { builder } = layers;
  const token = layers.parameter("class_token", [1, 1, width]);
  const batch = builder.add("Shape", [tokens], {});
  const samples = layers.slice(batch, 0, 0, 1);
  return builder.add("Expand", [token, layers.concat([samples, builder.ints([1, width])], 0)]);
}

function encoderLayer(layers: Layers, input: string, heads: number, inner: number): string {
  const width = layers.size(input, -1);
  const attended = multiHeadAttention(layers, "self_attention", layers.layerNorm("ln_1", input, eps), heads);
  const x = layers.add(attended, input);
  const y = layers.layerNorm("ln_2", x, eps);
  const mixed = layers.within("mlp", () => {
    const [first, second] = layers.has("linear_1.weight") ? ["linear_1", "linear_2"] : ["0", "3"];
    const wide = layers.gelu("1", layers.linear(first, y, { out: inner, bias: true }));
    return layers.linear(second, wide, { out: width, bias: true });
  });
  return layers.add(x, mixed);
}
