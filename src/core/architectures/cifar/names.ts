import type { WeightSet } from "../../formats/checkpoint.ts";

/** Questions to the names and shapes of a checkpoint. */
export class Names {
  readonly #weights: WeightSet;

  constructor(weights: WeightSet) {
    this.#weights = weights;
  }

  has(name: string): boolean {
    return this.#weights.tensors.has(name);
  }

  /** Sizes of a tensor; empty where there is none. */
  shape(name: string): readonly number[] {
    return this.#weights.tensors.get(name)?.shape ?? [];
  }

  /** How many of `prefix0…`, `prefix1…`, … there are, without a gap. */
  count(prefix: string, leaf: string, start = 0): number {
    let count = 0;
    while (this.has(`${prefix}${start + count}${leaf}`)) count++;
    return count;
  }

  /** Indices of the members of a `Sequential` that have a weight, ascending. */
  indices(container: string): readonly number[] {
    const pattern = /^(\d+)\.weight$/;
    return [...this.#weights.tensors.keys()]
      .map((name) =>
        name.startsWith(`${container}.`) ? pattern.exec(name.slice(container.length + 1))?.[1] : undefined,
      )
      .filter((index) => index !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  }
}
