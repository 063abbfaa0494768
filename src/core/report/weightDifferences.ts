/** What a report says of the weights of two checkpoints. */

/** The weights of two checkpoints, tensor by tensor. */
export interface WeightDifferences {
  /** What was taken off the front of A's and B's names to match them where they do not as they are; mostly empty. */
  readonly prefixes: readonly [a: string, b: string];
  /** In the order of A, then what one of them lacks. */
  readonly tensors: readonly TensorDifference[];
  /** The same by the module that holds the tensors. */
  readonly modules: readonly ModuleDifference[];
  /** Over all tensors that both have in one shape. */
  readonly total: DifferenceFigures;
}

export interface TensorDifference extends Partial<DifferenceFigures> {
  /** In A; in B where only B has it. */
  readonly name: string;
  /** In B, where it is called otherwise there. */
  readonly nameB?: string;
  /**
   * `equal`: every element is the same number, whatever the types; `rounded`: all differences are those of storing in the
   * narrower of the two types; `shape`: the shapes differ; `unread`: the elements of one cannot be read. Figures stand
   * with `equal`, `rounded` and `changed`.
   */
  readonly state: "equal" | "rounded" | "changed" | "shape" | "unread" | "only-a" | "only-b";
  readonly a?: StoredAs;
  readonly b?: StoredAs;
  /** Why it was not read. */
  readonly reason?: string;
}

export interface StoredAs {
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface ModuleDifference extends DifferenceFigures {
  readonly name: string;
  readonly tensors: number;
  /** Equal, or so but for rounding. */
  readonly equal: number;
  readonly changed: number;
  /** Those that one lacks or has in another shape, or that cannot be read. */
  readonly unmatched: number;
}

/** Computed in float64. Elements that are not finite in one or the other count as differing and nowhere else. */
export interface DifferenceFigures {
  /** Numbers compared. */
  readonly elements: number;
  /** How many of them are not the same. */
  readonly differing: number;
  /** ‖A − B‖ / ‖B‖, Euclidean; `null` where B is zero and A is not. */
  readonly relative: number | null;
  /** ⟨A, B⟩ / (‖A‖ ‖B‖); `null` where either is zero. */
  readonly cosine: number | null;
  /** The largest |A − B|. */
  readonly largest: number | null;
}
