import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { ModelSettings } from "../../core/probe/settings.ts";
import { modelSettings, parseSettings } from "../../core/probe/settings.ts";
import { jsonText } from "./jsonText.ts";

const settingsName = "likeness.json";

/** What holds for one checkpoint, with all paths absolute. */
export interface FoundSettings {
  /** The settings file. */
  readonly file: string;
  readonly probe?: string;
  readonly samples?: number;
  /** What the file says about this checkpoint in particular. */
  readonly model?: ModelSettings;
}

/**
 * The nearest `likeness.json` from a checkpoint's folder upward, as far as the folder that holds `.git`.
 * @throws Failure `settings/invalid`
 */
export function findSettings(checkpoint: string): FoundSettings | undefined {
  for (let folder = dirname(resolve(checkpoint)); ; folder = dirname(folder)) {
    const file = join(folder, settingsName);
    if (existsSync(file)) return settingsFor(file, resolve(checkpoint));
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return undefined;
  }
}

function settingsFor(file: string, checkpoint: string): FoundSettings {
  const settings = parseSettings(jsonText(file, "settings/invalid"), file);
  const folder = dirname(file);
  const model = modelSettings(settings, relative(folder, checkpoint).split(sep).join("/"));
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  return {
    file,
    ...(settings.probe !== undefined && { probe: absolute(settings.probe) }),
    ...(settings.samples !== undefined && { samples: settings.samples }),
    ...(model && {
      model: { ...model, ...(model.architecture !== undefined && { architecture: absolute(model.architecture) }) },
    }),
  };
}
