import { Failure } from "../failure.ts";
import type { Pooling } from "../graph/tap.ts";
import { poolings } from "../tokens/pooling.ts";
import { JsonValue } from "./jsonValue.ts";
import { matchesPath } from "./pathGlob.ts";
import type { Normalisation } from "./preprocessing.ts";
import { asIs, normalisation } from "./preprocessing.ts";

/** A folder's `likeness.json`: what its checkpoints are compared on, and what their files do not say themselves. */
export interface Settings {
  /** The probe to use where none is named; relative to the settings file, or absolute. */
  readonly probe?: string;
  /** Samples of the probe to use, the first ones. */
  readonly samples?: number;
  /** In the file's order; the first pattern that a checkpoint matches holds for it. */
  readonly models: readonly ModelSettings[];
}

export interface ModelSettings {
  /** Of paths relative to the settings file: `*` stays within a folder, `**` does not, `?` is one character. */
  readonly pattern: string;
  readonly preprocess?: Normalisation;
  /** File that holds the architecture; relative to the settings file, or absolute. */
  readonly architecture?: string;
  readonly taps?: readonly string[];
  readonly pool?: Pooling;
}

const code = "settings/invalid";

/**
 * Reads the text of a `likeness.json`; `media/schema/likeness.schema.json` states the same rules for editors.
 * @throws Failure `settings/invalid` with the place in the file and what was expected
 */
export function parseSettings(text: string, file: string): Settings {
  const fields = JsonValue.parse(text, file, code).fields(["probe", "samples", "models"]);
  const probe = fields.get("probe")?.text();
  const samples = fields.get("samples")?.count(4);
  const models = fields.get("models")?.members() ?? new Map<string, JsonValue>();
  return {
    ...(probe !== undefined && { probe }),
    ...(samples !== undefined && { samples }),
    models: [...models].map(([pattern, value]) => parseModel(pattern, value, file)),
  };
}

/**
 * What the settings say about one checkpoint.
 * @param path the checkpoint's path relative to the settings file, with forward slashes
 */
export function modelSettings(settings: Settings, path: string): ModelSettings | undefined {
  return settings.models.find(({ pattern }) => matchesPath(pattern, path));
}

function parseModel(pattern: string, value: JsonValue, file: string): ModelSettings {
  const fields = value.fields(["preprocess", "architecture", "taps", "pool"]);
  const preprocess = fields.get("preprocess");
  const architecture = fields.get("architecture")?.text();
  const taps = fields.get("taps")?.list();
  const pool = fields.get("pool")?.oneOf(poolings);
  return {
    pattern,
    ...(preprocess && { preprocess: parsePreprocess(preprocess, file) }),
    ...(architecture !== undefined && { architecture }),
    ...(taps && { taps: taps.map((tap) => tap.text()) }),
    ...(pool && { pool }),
  };
}

function parsePreprocess(value: JsonValue, file: string): Normalisation {
  if (value.is("none")) return asIs;
  const fields = value.fields(["mean", "std", "scale"]);
  try {
    return normalisation(
      fields
        .get("mean")
        ?.list()
        .map((mean) => mean.number()),
      fields
        .get("std")
        ?.list()
        .map((std) => std.positive()),
      fields.get("scale")?.positive(),
    );
  } catch (error) {
    throw error instanceof Failure ? error.in(file) : error;
  }
}
