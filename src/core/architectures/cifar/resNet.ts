import { text } from "../../graph/attributes.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import { imagesOf } from "../network.ts";
import type { FamilyNetwork } from "./family.ts";
import type { Names } from "./names.ts";

/** What distinguishes the residual networks for small images; all of them begin with a 3 × 3 convolution at full size. */
interface Form {
  readonly stages: number;
  readonly blocks: readonly number[];
  readonly bottleneck: boolean;
  /** Batch norms in front of the convolutions. */
  readonly preActivation: boolean;
  /** Name of the convolution on the shortcut, or none where no shortcut has weights. */
  readonly shortcut: "shortcut" | "downsample" | undefined;
  readonly head: "linear" | "fc";
  /** The batch norm behind the last block that some pre-activation networks have. */
  readonly last: "bn" | undefined;
}

/**
 * Residual networks for CIFAR: He et al. (akamaster, 16-32-64 in three stages, shortcuts without weights), kuangliu's (four
 * stages, `shortcut`, `linear`, also before activation), and those with torchvision's names (`downsample`, `fc`).
 */
export function resNet(names: Names): FamilyNetwork | undefined {
  const [, , high, wide] = names.shape("conv1.weight");
  const stages = names.count("layer", ".0.conv1.weight", 1);
  if (high !== 3 || wide !== 3 || (stages !== 3 && stages !== 4)) return undefined;
  const channels = names.shape("conv1.weight")[1] ?? 3;
  const blocks = Array.from({ length: stages }, (_, i) => names.count(`layer${i + 1}.`, ".conv1.weight"));
  const shortcut = (["shortcut", "downsample"] as const).find((name) =>
    blocks.some((_, i) => names.has(`layer${i + 1}.0.${name}.0.weight`)),
  );
  const form: Form = {
    stages,
    blocks,
    bottleneck: names.has("layer1.0.conv3.weight"),
    preActivation: !names.has("bn1.weight"),
    shortcut,
    head: names.has("linear.weight") ? "linear" : "fc",
    last: names.has("bn.weight") ? "bn" : undefined,
  };
  return {
    name: nameOf(form),
    known: knownOf(form),
    sampleShape: form.head === "linear" && stages === 4 ? [channels, 32, 32] : imagesOf(channels),
    usualShape: [channels, 32, 32],
    build: (layers, x) => build(layers, x, form),
  };
}

function nameOf({ stages, blocks, bottleneck, preActivation, head, shortcut }: Form): string {
  const depth = blocks.reduce((sum, count) => sum + count * (bottleneck ? 3 : 2), 2);
  const kind = `${preActivation ? "Pre-activation " : ""}ResNet-${depth}`;
  if (head === "fc" && stages === 3) return `CIFAR ${kind} (as by drfrankenstein)`;
  if (head === "fc") return `${kind} for small images (torchvision's names)`;
  if (shortcut === undefined) return `CIFAR ${kind} (He et al., as by akamaster)`;
  return `CIFAR ${kind} (as by kuangliu)`;
}

function knownOf({ shortcut, stages }: Form): string {
  const stem = "Its first convolution keeps the size, and no pooling follows";
  const free = "shortcuts without weights take every second pixel and pad with channels of zeros";
  return shortcut === undefined && stages === 3 ? `${stem}; ${free}.` : `${stem}.`;
}

function build(layers: Layers, image: string, form: Form): string {
  let x = layers.conv2d("conv1", image, { padding: 1 });
  if (!form.preActivation) x = layers.relu("", layers.batchNorm("bn1", x));
  for (const [i, count] of form.blocks.entries()) {
    x = layers.within(`layer${i + 1}`, () => {
      let y = x;
      for (let j = 0; j < count; j++) {
        const stride = i > 0 && j === 0 ? 2 : 1;
        y = layers.within(String(j), () => (form.preActivation ? preActivated : plain)(layers, y, stride, form));
      }
      return y;
    });
  }
  if (form.last) x = layers.relu("", layers.batchNorm(form.last, x));
  return layers.linear(form.head, layers.mean(x, [2, 3]));
}

/** Convolutions of a block: the second one strides in a bottleneck, else the first. */
function convolutions({ bottleneck }: Form, stride: number) {
  return bottleneck
    ? [{ kernel: 1 }, { kernel: 3, padding: 1, stride }, { kernel: 1 }]
    : [
        { kernel: 3, padding: 1, stride },
        { kernel: 3, padding: 1 },
      ];
}

function plain(layers: Layers, x: string, stride: number, form: Form): string {
  let y = x;
  const convs = convolutions(form, stride);
  for (const [i, options] of convs.entries()) {
    y = layers.batchNorm(`bn${i + 1}`, layers.conv2d(`conv${i + 1}`, y, options));
    if (i < convs.length - 1) y = layers.relu("", y);
  }
  return layers.relu("", layers.add(y, besidePlain(layers, x, y, stride, form)));
}

function besidePlain(layers: Layers, x: string, y: string, stride: number, { shortcut }: Form): string {
  if (shortcut !== undefined && layers.has(`${shortcut}.0.weight`)) {
    return layers.within(shortcut, () => layers.batchNorm("1", layers.conv2d("0", x, { kernel: 1, stride })));
  }
  const [inputs, outputs] = [layers.size(x, 1), layers.size(y, 1)];
  return stride === 1 && inputs === outputs ? x : padded(layers, x, stride, outputs - inputs);
}

/** Every `stride`th pixel, and as many channels of zeros as are missing, half in front and half behind. */
function padded(layers: Layers, x: string, stride: number, missing: number): string {
  const { builder } = layers;
  return layers.within("shortcut", () => {
    const [start, end] = [builder.ints([0, 0]), builder.ints([layers.size(x, 2), layers.size(x, 3)])];
    const sliced = builder.add("Slice", [x, start, end, builder.ints([2, 3]), builder.ints([stride, stride])]);
    const front = Math.floor(missing / 2);
    const pads = builder.ints([0, front, 0, 0, 0, missing - front, 0, 0]);
    return builder.add("Pad", [sliced, pads, builder.floats(0)], { mode: text("constant") });
  });
}

function preActivated(layers: Layers, x: string, stride: number, form: Form): string {
  const active = layers.relu("", layers.batchNorm("bn1", x));
  const beside =
    form.shortcut !== undefined && layers.has(`${form.shortcut}.0.weight`)
      ? layers.within(form.shortcut, () => layers.conv2d("0", active, { kernel: 1, stride }))
      : x;
  let y = active;
  for (const [i, options] of convolutions(form, stride).entries()) {
    if (i > 0) y = layers.relu("", layers.batchNorm(`bn${i + 1}`, y));
    y = layers.conv2d(`conv${i + 1}`, y, options);
  }
  return layers.add(y, beside);
}
