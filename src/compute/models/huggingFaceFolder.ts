import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { architectureFromConfig } from "../../core/architectures/huggingFace/architectureFromConfig.ts";
import { preprocessorNormalisation } from "../../core/architectures/huggingFace/preprocessor.ts";
import { Failure } from "../../core/failure.ts";
import { decodeUtf8 } from "../../core/formats/utf8.ts";
import { fileSource } from "../files.ts";
import type { FoundArchitecture } from "./architectureCandidates.ts";
import type { CheckpointFile } from "./checkpointFile.ts";
import { mainFileOf } from "./checkpointFolder.ts";

/** Configurations take kilobytes; what is larger is none. */
const mostBytes = 10_000_000;

/** Where a Hugging Face folder says what network its weights are of, whether it does or not. */
export function configOf({ path }: CheckpointFile): string {
  return join(dirname(resolve(mainFileOf(path))), "config.json");
}

/**
 * What a Hugging Face folder says of the network whose weights it holds: `config.json`, and how images are prepared in the
 * `preprocessor_config.json` beside it. `undefined` where there is no configuration.
 * @throws Failure as {@link architectureFromConfig}.
 */
export function fromConfig(file: CheckpointFile, config: string): FoundArchitecture | undefined {
  const preprocessor = join(dirname(config), "preprocessor_config.json");
  if (!existsSync(config)) return undefined;
  const architecture = architectureFromConfig(textOf(config), file.checkpoint.weights);
  const preprocessing = existsSync(preprocessor) ? preprocessorNormalisation(textOf(preprocessor)) : undefined;
  const files = [config, ...(preprocessing ? [preprocessor] : [])];
  return { architecture, path: config, files, ...(preprocessing && { preprocessing }), close: () => {} };
}

function textOf(path: string): string {
  const source = fileSource(path);
  try {
    const text = source.size <= mostBytes ? decodeUtf8(source.read(0, source.size)) : undefined;
    if (text !== undefined) return text;
    throw new Failure("config/invalid", "The configuration is no text of a reasonable size.", { file: path });
  } finally {
    source.close();
  }
}
