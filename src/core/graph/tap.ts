/** A named value of the graph at which a representation is read. */
export interface Tap {
  /** The name people see and type: module path where the file knows it (CONTRACT: `layer1.0.conv1`, second call `#2`). */
  readonly name: string;
  /** Name of the value in the graph. */
  readonly value: string;
  /** Operator that makes the value. */
  readonly op: string;
  /** Sizes with the samples' axis as `"n"`, e.g. `["n", 64, 8, 8]`. */
  readonly shape: readonly ("n" | number)[];
  /** Numbers per sample: the product of the other sizes. */
  readonly width: number;
  /** Position of the samples' axis in `shape`. */
  readonly sampleAxis: number;
  /** Module paths of batch norms that the exporter folded into this value. */
  readonly folded: readonly string[];
  /** What the value is to the network, for choosing among taps. */
  readonly roles?: readonly TapRole[];
  /** With one vector per token in the network and one per sample here: how, and the tap as the network has it. */
  readonly pooled?: Pooled;
}

/**
 * How the tokens of a sample, T × d, become one row of a representation: the `cls` (first) token, the `mean` over those that
 * the mask lets through, the `last` of those, or `all` of them, one behind the other (T · d).
 */
export type Pooling = "cls" | "mean" | "last" | "all";

export interface Pooled {
  readonly how: Exclude<Pooling, "all">;
  readonly from: Tap;
}

/**
 * - `block`: the output of a block or stage;
 * - `activation`: the result of an activation function;
 * - `convolution`, `linear`: the output of such a layer, its bias included;
 * - `step`: a step within a module, an activation function that is spelled out in operators, or a layer before its bias.
 */
export type TapRole = "block" | "activation" | "convolution" | "linear" | "step";
