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
}
