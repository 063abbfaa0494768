import { type Normalisation, normalisation } from "../../probe/preprocessing.ts";
import { Config } from "./config.ts";

/** Pixels come divided by this. */
const probeScale = 255;

/**
 * What a Hugging Face `preprocessor_config.json` does to images, for pixels in [0, 1]; `undefined` where it does not say.
 * @throws Failure `config/not-json`, `config/invalid`, and those of {@link normalisation}.
 */
export function preprocessorNormalisation(text: string): Normalisation | undefined {
  const config = Config.parse(text);
  const [mean, std] = [config.numbers("image_mean"), config.numbers("image_std")];
  const scales = config.flag("do_rescale", true);
  const normalises = config.flag("do_normalize", mean !== undefined && std !== undefined);
  if (normalises && (mean === undefined || std === undefined)) return undefined;
  const isOfImages = normalises || config.inner("size") !== undefined;
  if (!isOfImages) return undefined;
  const factor = scales ? config.number("rescale_factor", 1 / probeScale) : 1;
  return normalisation(normalises ? mean : [0], normalises ? std : [1], factor * probeScale);
}
