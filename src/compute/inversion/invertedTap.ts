import { Failure } from "../../core/failure.ts";
import type { Tap } from "../../core/graph/tap.ts";
import type { ModelChoice } from "../../protocol/compute.ts";
import type { OpenModel } from "../models/openModel.ts";

/**
 * The layer of a model that is inverted: the one that was named, or what the classifier reads.
 * @throws Failure `inversion/one-tap` where the name stands for several; `inversion/no-pixels` where the network does not
 *   take numbers that could be changed a little.
 */
export function invertedTap(model: OpenModel, choice: ModelChoice): Tap {
  if (model.pooling !== undefined || !model.input.dtype?.includes("float")) {
    throw new Failure("inversion/no-pixels", "The network takes ids or whole numbers, which descent cannot change.", {
      file: model.file.path,
      hint: "Networks that take images or other real numbers can be inverted.",
    });
  }
  if (choice.taps === undefined) return beforeClassifier(model.taps, model.file.path);
  const [first, ...more] = model.chosenTaps;
  if (first && more.length === 0) return first;
  const names = model.chosenTaps.slice(0, 3).map(({ name }) => name);
  throw new Failure("inversion/one-tap", `${choice.taps.join()} stands for ${model.chosenTaps.length} layers.`, {
    file: model.file.path,
    hint: `One layer is inverted at a time; there is: ${names.join(", ")}.`,
  });
}

function beforeClassifier(taps: readonly Tap[], file: string): Tap {
  const classifier = taps.findLastIndex(({ roles }) => roles?.includes("linear"));
  const tap = taps[(classifier > 0 ? classifier : taps.length - 1) - 1] ?? taps.at(-1);
  if (tap) return tap;
  throw new Failure("inversion/no-layer", "The network has no layer that can be read.", { file });
}
