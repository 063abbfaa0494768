/** Inversions as words for a terminal: what was asked in the editor, asked again in CI or on a cluster. */
import { type AskedModel, flag, flagOfSides, isAskedAlike, quoteFor, type Shell, tapList } from "./commandLine.ts";
import { type PresetId, preset } from "./methods/inversion/presets.ts";

export interface AskedInversion {
  /** One or more, in order; `taps` is the layer that is inverted. */
  readonly models: readonly AskedModel[];
  readonly probe?: string;
  readonly samples: number;
  readonly preset: PresetId;
  readonly seedKind?: string;
  readonly steps?: number;
  readonly controversial?: true;
}

/** What `likeness invert` takes where nobody says how many. */
const defaultSamples = 64;

/**
 * The `likeness invert …` that asks the same; what is as it is by default is left out. Models after the first share
 * their flags: where they differ among themselves there is a command for the first and each of the others, on a line of
 * its own.
 */
export function inversionCommandLine(asked: AskedInversion, shell: Shell): string {
  const [first, ...others] = asked.models;
  const isUniform = others.every((model) => isAskedAlike(model, others[0]));
  const groups = isUniform || first === undefined ? [asked.models] : others.map((other) => [first, other]);
  return groups.map((group) => words(group, asked).map(quoteFor(shell)).join(" ")).join("\n");
}

function words(models: readonly AskedModel[], asked: AskedInversion): string[] {
  const { probe, samples, preset: id, seedKind, steps, controversial } = asked;
  const [a, b = a] = models;
  const own = preset(id);
  return [
    "likeness",
    "invert",
    ...models.map(({ path }) => path),
    ...flag("probe", probe),
    ...flag("samples", samples === defaultSamples ? undefined : samples.toString()),
    ...flag("preset", id === "fast" ? undefined : id),
    ...flag("seed-kind", seedKind === own.seedKind ? undefined : seedKind),
    ...flag("steps", steps === own.steps ? undefined : steps?.toString()),
    ...(controversial ? ["--controversial"] : []),
    ...flagOfSides("tap", tapList(a), tapList(b), "@auto"),
    ...flagOfSides("arch", a?.architecture, b?.architecture, "auto"),
    ...flagOfSides("weights", a?.weights, b?.weights, "main"),
    ...flagOfSides("preprocess", a?.preprocess, b?.preprocess, "auto"),
  ];
}
