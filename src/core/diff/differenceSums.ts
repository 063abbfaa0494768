import { elementPieces } from "../graph/elementPieces.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { DifferenceFigures } from "../report/weightDifferences.ts";
import { isRounded, type PairSums, pairSums } from "./pairSums.ts";
import { roundingBetween } from "./rounding.ts";

/** What is added up, in float64, over the elements of two tensors, or of many pairs of them. */
export class DifferenceSums {
  #elements = 0;
  #differing = 0;
  #isRounding = true;
  #differences = 0;
  #squaresA = 0;
  #squaresB = 0;
  #products = 0;
  #largest = 0;

  add(sums: PairSums): void {
    this.#differences += sums.differences;
    this.#squaresA += sums.squaresA;
    this.#squaresB += sums.squaresB;
    this.#products += sums.products;
    this.#largest = Math.max(this.#largest, sums.largest);
  }

  /** @param isRounding whether storing in the narrower of two types explains all that differ. */
  count(elements: number, differing: number, isRounding: boolean): void {
    this.#elements += elements;
    this.#differing += differing;
    this.#isRounding &&= isRounding;
  }

  /** Takes in the sums of other elements. */
  include(other: DifferenceSums): void {
    this.count(other.#elements, other.#differing, other.#isRounding);
    this.add({
      differing: other.#differing,
      differences: other.#differences,
      squaresA: other.#squaresA,
      squaresB: other.#squaresB,
      products: other.#products,
      largest: other.#largest,
    });
  }

  /** What the tensors' difference is called. */
  get state(): "equal" | "rounded" | "changed" {
    if (this.#differing === 0) return "equal";
    return this.#isRounding ? "rounded" : "changed";
  }

  get figures(): DifferenceFigures {
    const relative = this.#differences === 0 ? 0 : Math.sqrt(this.#differences) / Math.sqrt(this.#squaresB);
    const cosine = this.#products / (Math.sqrt(this.#squaresA) * Math.sqrt(this.#squaresB));
    return {
      elements: this.#elements,
      differing: this.#differing,
      relative: finite(relative),
      cosine: finite(Math.max(-1, Math.min(1, cosine))),
      largest: finite(this.#largest),
    };
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

const blockElements = 1 << 12;

/**
 * The sums over two tensors of as many elements. Yields after each piece how many elements it had, at most 2²⁰.
 * @throws Failure where the elements of either cannot be read.
 */
export function* differenceSums(a: Tensor, b: Tensor): Generator<number, DifferenceSums> {
  const sums = new DifferenceSums();
  const rounding = roundingBetween(a.dtype, b.dtype);
  let isRounding = rounding !== undefined;
  // Whole numbers of 64 bits are more than float64 tells apart.
  const isExact = a.dtype !== b.dtype || !/^u?int64$/.test(a.dtype);
  const others = elementPieces(b);
  for (const piece of elementPieces(a)) {
    const other = others.next().value;
    if (!other) throw new RangeError("tensors of different sizes");
    const count = piece.numbers.length;
    let differing = 0;
    for (let start = 0; start < count; start += blockElements) {
      const block = pairSums(piece.numbers, other.numbers, start, Math.min(count, start + blockElements));
      sums.add(block);
      differing += block.differing;
    }
    if (!isExact) differing = differingWords(piece.bytes, other.bytes);
    if (rounding && isRounding) isRounding = isRounded(piece.numbers, other.numbers, rounding);
    sums.count(count, differing, isRounding || differing === 0);
    yield count;
  }
  return sums;
}

/** How many of the 64-bit words differ. */
function differingWords(a: Uint8Array, b: Uint8Array): number {
  let differing = 0;
  for (let start = 0; start < a.length; start += 8) {
    for (let i = start; i < start + 8; i++) {
      if (a[i] === b[i]) continue;
      differing++;
      break;
    }
  }
  return differing;
}
