import { createHash } from "node:crypto";
import { version } from "../../core/version.ts";

/** Everything that decides a stored result: two questions with equal keys have, to the bit, the same answer. */
export interface StoreKey {
  readonly kind: "grams" | "outputs" | "inversion";
  /** Digests of the graph and of the weights that fill it. */
  readonly graph: string;
  readonly weights: string;
  /** Name of the graph's value that was read. */
  readonly value: string;
  /** Digest of the samples in use, in order. */
  readonly probe: string;
  /** What was done to the samples before the network saw them. */
  readonly preprocessing: string;
  readonly estimator: "full" | "minibatch";
  /** How the samples were cut into runs and batches; of inversions, how they were made. */
  readonly partition: string;
  readonly provider: string;
  /** Number format of the computation, e.g. `float32`. */
  readonly precision: string;
  /** Name and version of the runtime. */
  readonly engine: string;
}

/** Raised when the files of the store change their form. */
const storeFormat = 1;

/** The key as a name for a file: SHA-256 in hex. Results of another version of Likeness are not taken over. */
export function keyDigest(key: StoreKey): string {
  const fields = [
    storeFormat,
    version,
    key.kind,
    key.graph,
    key.weights,
    key.value,
    key.probe,
    key.preprocessing,
    key.estimator,
    key.partition,
    key.provider,
    key.precision,
    key.engine,
  ];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}
