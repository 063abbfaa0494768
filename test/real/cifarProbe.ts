import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes a descriptor of the lossless CIFAR-10 test images, standardised as the networks were trained unless they are to
 * stay as they are; gives its path.
 */
export function cifarProbe(
  assets: string,
  folder: string,
  values: "standardised" | "as it is" = "standardised",
): string {
  const path = join(folder, "cifar.probe.json");
  const images = join(assets, "data-cifar10-lossless");
  const descriptor = {
    file: join(images, "images-u8-nhwc.bin"),
    dtype: "uint8",
    shape: [536, 32, 32, 3],
    layout: "NHWC",
    scale: 1 / 255,
    ...(values === "standardised" && { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] }),
    labels: { file: join(images, "labels-u8.bin"), dtype: "uint8" },
  };
  writeFileSync(path, JSON.stringify(descriptor));
  return path;
}
