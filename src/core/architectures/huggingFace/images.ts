import { Failure } from "../../failure.ts";
import { batchAxis } from "../../graph/builder.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import type { Network } from "./network.ts";

/** Side of the images that networks of any size are mostly shown. */
const usualSide = 224;

/** The input of images, of the sizes that were asked for, else of those that the configuration says. */
export function pixelInput({ layers, config, sampleShape }: Network): string {
  const shape = sampleShape ?? [config.size("num_channels", 3), ...config.pair("image_size", usualSide)];
  return layers.builder.input("pixel_values", "float32", [batchAxis, ...shape]);
}

/** The image cut into squares: batch × patches × d, row by row, and how many there are down and across. */
export function patchEmbeddings(
  { layers, config }: Network,
  pixels: string,
): { readonly tokens: string; readonly grid: readonly [number, number] } {
  const kernel = config.pair("patch_size", 16);
  const out = config.size("hidden_size", 768);
  return layers.within("patch_embeddings", () => {
    const map = layers.conv2d("projection", pixels, { kernel, stride: kernel, out });
    const grid = [layers.size(map, 2), layers.size(map, 3)] as const;
    return { tokens: layers.permute(layers.reshape(map, [0, out, -1]), [0, 2, 1]), grid };
  });
}

/** Learned vectors, 1 × count × d, in front of each sample's tokens. */
export function withTokens(layers: Layers, names: readonly string[], tokens: string): string {
  const { builder } = layers;
  const width = layers.size(tokens, -1);
  const batch = builder.add("Shape", [tokens], { start: { type: "int", value: 0 }, end: { type: "int", value: 1 } });
  const learned = names.map((name) => {
    const target = layers.concat([batch, builder.ints([1, 1])], 0);
    return builder.add("Expand", [layers.parameter(name, [1, 1, width]), target]);
  });
  return layers.concat([...learned, tokens], 1);
}

/** Side of the square of patches that a table of `count` positions is for. @throws Failure where it is for none. */
export function tableSide(count: number): number {
  const side = Math.round(Math.sqrt(count));
  if (side * side === count) return side;
  throw new Failure("architecture/weight-shape", `${count} positions of patches make no square.`);
}
