import { toFloat64 } from "../../graph/numbers.ts";
import { elementCount } from "../../graph/tensor.ts";
import { isModule } from "./moduleTree.ts";
import { PickleObject, type PickleValue } from "./pickleValues.ts";
import { asTensor } from "./weightTensor.ts";

const maxFacts = 100;
const longestText = 200;
/** Groups of settings, whose own entries are facts. */
const groups = /^(hyper_parameters|hparams|hyperparams|config|cfg|args|opt|options|train_args|model_args|meta)$/;

/**
 * What a trainer noted beside the weights: numbers, texts and yes-or-no at the top (`epoch`, `best_acc1`, `arch`), and in
 * its groups of settings (`hyper_parameters.lr`).
 */
export function findFacts(root: PickleValue): Map<string, string> {
  const facts = new Map<string, string>();
  if (!isModule(root)) addFacts(facts, root, "");
  return facts;
}

function addFacts(facts: Map<string, string>, value: PickleValue, prefix: string): void {
  // A namespace of settings keeps them as attributes.
  const entries = value instanceof PickleObject ? (value.entries ?? value.state) : value;
  if (!(entries instanceof Map)) return;
  for (const [key, entry] of entries) {
    if (facts.size >= maxFacts) return;
    if (typeof key !== "string") continue;
    const text = plainText(entry);
    if (text !== undefined) facts.set(prefix + key, text);
    else if (prefix === "" && groups.test(key)) addFacts(facts, entry, `${key}.`);
  }
}

function plainText(value: PickleValue): string | undefined {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return value !== "" && value.length <= longestText ? value : undefined;
  // Accuracies are often left as tensors of one element.
  const tensor = asTensor(value);
  const isScalar = tensor !== undefined && elementCount(tensor.shape) === 1 && tensor.shape.length <= 1;
  return isScalar && !tensor.dtype.startsWith("complex") ? String(toFloat64(tensor)[0]) : undefined;
}
