import { type Family, nameOf, type Shapes } from "./network.ts";

/** Filters of the convolutions, stage by stage; each stage ends with a max-pooling. */
type Stages = readonly (readonly number[])[];

const known: Readonly<Record<string, Stages>> = {
  vgg11: [[64], [128], [256, 256], [512, 512], [512, 512]],
  vgg13: [
    [64, 64],
    [128, 128],
    [256, 256],
    [512, 512],
    [512, 512],
  ],
  vgg16: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
  vgg19: [
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ],
};

/** VGG, with and without batch norm. Where it pools is told by the gaps between the indices of its convolutions. */
export const vgg: Family = (shapes) => {
  const first = shapes.of("features.0.weight");
  if (first?.[2] !== 3 || shapes.size("classifier.0.weight", 0) !== 4096 || !shapes.has("classifier.6.weight")) return;
  const normed = shapes.has("features.1.running_mean");
  const stages = stagesOf(shapes, normed);
  if (!stages) return;
  const name = nameOf(known, stages) ?? `VGG of ${stages.map((stage) => stage.length).join("-")} convolutions`;
  return {
    name: normed && name.startsWith("vgg") ? `${name}_bn` : name,
    assumed: "poolings as the gaps between its layers' numbers allow, the last one behind its last convolution",
    channels: first[1] ?? 0,
    side: 224,
    build(layers, image) {
      const features = layers.within("features", () => {
        let [x, index] = [image, 0];
        for (const stage of stages) {
          for (const out of stage) {
            x = layers.conv2d(`${index++}`, x, { out, kernel: 3, padding: 1, bias: true });
            if (normed) x = layers.batchNorm(`${index++}`, x);
            x = layers.relu(`${index++}`, x);
          }
          x = layers.maxPool(`${index++}`, x, { kernel: 2 });
        }
        return x;
      });
      const x = layers.flatten(layers.adaptiveAvgPool("avgpool", features, 7));
      return layers.within("classifier", () => {
        const first = layers.relu("1", layers.linear("0", x, { out: 4096, bias: true }));
        const second = layers.relu("4", layers.linear("3", first, { out: 4096, bias: true }));
        return layers.linear("6", second, { bias: true });
      });
    },
  };
};

/** `undefined` where a gap is not that of an activation or of an activation and a pooling. */
function stagesOf(shapes: Shapes, normed: boolean): Stages | undefined {
  const modules = normed ? 3 : 2;
  const stages: number[][] = [[]];
  for (let index = 0; ; ) {
    stages.at(-1)!.push(shapes.size(`features.${index}.weight`, 0));
    index += modules;
    if (shapes.of(`features.${index}.weight`)?.length === 4) continue;
    index++;
    if (shapes.of(`features.${index}.weight`)?.length !== 4) return stages;
    stages.push([]);
  }
}
