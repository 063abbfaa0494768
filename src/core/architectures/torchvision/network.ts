import type { WeightSet } from "../../formats/checkpoint.ts";
import type { Layers } from "../../lowering/layers/layers.ts";

/** One of torchvision's classification networks, as far as names and shapes of weights tell. */
export interface Network {
  /** torchvision's own name (`resnet18`); for sizes that torchvision has no name for, the class and what was found. */
  readonly name: string;
  /** What shapes do not tell and was taken from torchvision's definition: the end of a sentence. */
  readonly assumed: string;
  /** Channels of an image. */
  readonly channels: number;
  /** Side of the square images that it is used with. */
  readonly side: number;
  /** Whether it takes images of that size only. */
  readonly fixed?: boolean;
  /**
   * Writes the network down; every parameter that evaluation needs is asked for by name and shape.
   * @param image batch × channels × height × width. @returns the logits, batch × classes.
   */
  readonly build: (layers: Layers, image: string) => string;
  /** Asks for the parameters that only training needs. */
  readonly training?: (layers: Layers) => void;
}

/** Looks at names and shapes; `undefined` where they are of another family, which must be found out at little cost. */
export type Family = (shapes: Shapes) => Network | undefined;

/** Names and shapes of a weight set. */
export class Shapes {
  readonly #weights: WeightSet;

  constructor(weights: WeightSet) {
    this.#weights = weights;
  }

  of(name: string): readonly number[] | undefined {
    return this.#weights.tensors.get(name)?.shape;
  }

  has(...names: readonly string[]): boolean {
    return names.every((name) => this.#weights.tensors.has(name));
  }

  /** Size of a tensor along an axis; 0 where there is none. */
  size(name: string, axis: number): number {
    return this.of(name)?.[axis] ?? 0;
  }

  /** How many names there are in a row, from that of `first`. */
  count(name: (index: number) => string, first = 0): number {
    let index = first;
    while (this.has(name(index))) index++;
    return index - first;
  }
}

/** The name in a table whose entry equals what was found. */
export function nameOf<T>(table: Readonly<Record<string, T>>, found: T): string | undefined {
  const key = JSON.stringify(found);
  return Object.keys(table).find((name) => JSON.stringify(table[name]) === key);
}

/** torchvision's `_make_divisible`: the nearest multiple of 8, raised where that would lose more than a tenth. */
export function multipleOf8(value: number): number {
  const nearest = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return nearest < 0.9 * value ? nearest + 8 : nearest;
}
