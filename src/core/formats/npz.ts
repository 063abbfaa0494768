import { Failure } from "../failure.ts";
import { companionRows, type TokenRow } from "../tokens/tokenRows.ts";
import type { ByteSource } from "./byteSource.ts";
import { openNpy } from "./npy.ts";
import type { StoredArray } from "./storedArray.ts";
import { openZip } from "./zip.ts";

/** Names under which data sets keep their inputs, first choice first; the test set before the training set. */
const inputNames = [
  "input_ids",
  "x",
  "images",
  "inputs",
  "data",
  "X",
  "x_test",
  "test_images",
  "x_train",
  "train_images",
  "arr_0",
];

/** Where the labels of an array of inputs stand, by the array's name. */
const labelNames: ReadonlyMap<string, readonly string[]> = new Map([
  ["x_test", ["y_test"]],
  ["test_images", ["test_labels"]],
  ["x_train", ["y_train"]],
  ["train_images", ["train_labels"]],
  ["arr_0", ["arr_1"]],
]);
const usualLabelNames = ["y", "labels", "targets", "label"];

/** The inputs of a `.npz` file, and its labels where it has some. */
export interface NpzProbe {
  readonly inputs: StoredArray;
  readonly labels?: StoredArray;
  /** What goes with token ids, by name: `attention_mask`, `token_type_ids`, `position_ids`. */
  readonly companions: ReadonlyMap<TokenRow, StoredArray>;
}

/**
 * Opens a `.npz` file (a zip of `.npy` files) and picks the array of inputs: the only one, or one of the usual names.
 * @throws Failure `npz/no-inputs`, and those of `zip/*` and `npy/*`
 */
export function openNpz(source: ByteSource): NpzProbe {
  const archive = openZip(source);
  const names = [...archive.entries.keys()].filter((name) => name.endsWith(".npy")).map((name) => name.slice(0, -4));
  const input = names.length === 1 ? names[0] : inputNames.find((name) => names.includes(name));
  if (input === undefined) {
    throw new Failure(
      "npz/no-inputs",
      `None of its arrays (${names.join(", ") || "none"}) is named as inputs usually are.`,
      {
        file: source.name,
        hint: `Name the array one of ${inputNames.join(", ")}, or save it alone as .npy.`,
      },
    );
  }
  const open = (name: string): StoredArray => openNpy(archive.open(`${name}.npy`));
  const label = [...(labelNames.get(input) ?? []), ...usualLabelNames].find((name) => names.includes(name));
  const companions = input === "input_ids" ? companionRows.filter((name) => names.includes(name)) : [];
  return {
    inputs: open(input),
    ...(label !== undefined && label !== input && { labels: open(label) }),
    companions: new Map(companions.map((name) => [name, open(name)])),
  };
}
