import { imageSize } from "./networks.ts";

/** How near an inversion came to its target, seen from its seed, in pixels. */
export interface Resemblance {
  /** ‖inversion − target‖ / ‖seed − target‖: 0 is the target, 1 is as far away as the seed. */
  readonly distance: number;
  /** Cosine between the way that was gone and the way to the target: 1 is straight towards it, 0 is past it. */
  readonly direction: number;
  /** ‖inversion − seed‖ / ‖target − seed‖: how far it went. */
  readonly moved: number;
}

export function resemblance(
  seeds: readonly Float32Array[],
  targets: readonly Float32Array[],
  inversions: Float32Array,
): readonly Resemblance[] {
  return seeds.map((seed, pair) => {
    const target = targets[pair]!;
    let [left, gone, way, along] = [0, 0, 0, 0];
    for (let i = 0; i < imageSize; i++) {
      const pixel = inversions[pair * imageSize + i]!;
      left += (pixel - target[i]!) ** 2;
      gone += (pixel - seed[i]!) ** 2;
      way += (target[i]! - seed[i]!) ** 2;
      along += (pixel - seed[i]!) * (target[i]! - seed[i]!);
    }
    return {
      distance: Math.sqrt(left / way),
      direction: gone > 0 ? along / Math.sqrt(gone * way) : 0,
      moved: Math.sqrt(gone / way),
    };
  });
}
