import type { Notice } from "../checkpoint.ts";

/** What else than a network a safetensors file may be, by the names of its tensors. */

/** Low-rank factors (PEFT, kohya, LyCORIS): they change a base model and are none. */
const adapterName =
  /(?:^|[._])(?:lora_(?:A|B|up|down|embedding_A|embedding_B|magnitude_vector)|hada_w[12]_[ab])(?:[._]|$)/;

/** Names that data sets give to their arrays: `x_train`, `test_images`, `labels`. */
const datasetName =
  /^(?:(?:train|test|val|valid|validation)(?:[_.-]|$).*|(?:x|y|images?|labels?|targets?|inputs?|features|data)(?:[_.-](?:train|test|val|valid|validation))?)$/i;

/** Notices on a file that holds no whole network. */
export function contentNotices(names: readonly string[]): readonly Notice[] {
  const factors = names.filter((name) => adapterName.test(name)).length;
  if (factors > 0) {
    return [
      {
        code: "safetensors/lora-adapter",
        message: `${factors} of its ${names.length} tensors are low-rank factors (LoRA): an adapter for a base model, not a network. Merge it into its base model to compare what it computes.`,
      },
    ];
  }
  if (names.length > 0 && names.every((name) => datasetName.test(name))) {
    return [
      {
        code: "safetensors/dataset",
        message: `Its tensors (${names.slice(0, 6).join(", ")}) are named as those of a data set: this may be no network.`,
      },
    ];
  }
  return [];
}
