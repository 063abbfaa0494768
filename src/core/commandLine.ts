/** A comparison as words for a terminal: what was asked in the editor, asked again in CI or on a cluster. */

export interface AskedComparison {
  /** Two or more, in order. */
  readonly models: readonly AskedModel[];
  readonly probe?: string;
  readonly samples?: number;
  readonly batch: number;
  readonly estimator: string;
  readonly measures: readonly string[];
}

export interface AskedModel {
  readonly path: string;
  readonly architecture?: string;
  readonly weights?: string;
  readonly preprocess?: string;
  readonly taps?: readonly string[];
  readonly pool?: string;
}

/** Whose quotes are used: those of bash, zsh and their kin, or PowerShell's. */
export type Shell = "posix" | "powershell";

/**
 * The `likeness compare …` that asks the same; what is as it is by default is left out. The command line has one set of
 * flags for the first model and one for those after it: where those differ among themselves there is a command for each
 * pair, on a line of its own.
 */
export function commandLine(asked: AskedComparison, shell: Shell): string {
  const [first, ...others] = asked.models;
  const { models } = asked;
  const isUniform = others.every((model) => isAskedAlike(model, others[0]));
  const groups = isUniform || first === undefined ? [models] : pairs(models);
  return groups.map((group) => words(group, asked).map(quoteFor(shell)).join(" ")).join("\n");
}

/** The `likeness inspect …` that says what the summary of a checkpoint shows. */
export function inspectCommandLine(
  { path, architecture, weights }: Pick<AskedModel, "path" | "architecture" | "weights">,
  shell: Shell,
): string {
  return ["likeness", "inspect", path, ...flag("arch", architecture), ...flag("weights", weights)]
    .map(quoteFor(shell))
    .join(" ");
}

function words(models: readonly AskedModel[], asked: AskedComparison): string[] {
  const { probe, samples, batch, estimator, measures } = asked;
  const [a, b] = models;
  return [
    "likeness",
    "compare",
    ...models.map(({ path }) => path),
    ...flag("probe", probe),
    ...flag("samples", samples?.toString()),
    ...flag("batch", batch === 128 ? undefined : batch.toString()),
    ...flag("estimator", estimator === "auto" ? undefined : estimator),
    ...flag("measures", measures.join() === "cka.linear.unbiased" ? undefined : measures.join()),
    ...flagOfSides("taps", tapList(a), tapList(b), "@auto"),
    ...flagOfSides("pool", a?.pool, b?.pool, "auto"),
    ...flagOfSides("arch", a?.architecture, b?.architecture, "auto"),
    ...flagOfSides("weights", a?.weights, b?.weights, "main"),
    ...flagOfSides("preprocess", a?.preprocess, b?.preprocess, "auto"),
  ];
}

/** A value that begins with a hyphen would be taken for a flag, unless it is joined to its own. */
export function flag(name: string, value: string | undefined): string[] {
  if (value === undefined) return [];
  return value.startsWith("-") ? [`--${name}=${value}`] : [`--${name}`, value];
}

/** Models after the first share its flag, so that having none where it has one needs the word `none`. */
export function flagOfSides(name: string, a: string | undefined, b: string | undefined, none: string): string[] {
  return [...flag(name, a), ...(a === b ? [] : flag(`${name}-b`, b ?? none))];
}

/** A comma separates; within a name, which is a glob, it is written as any one character. */
export function tapList(model: AskedModel | undefined): string | undefined {
  return model?.taps?.map((tap) => tap.replaceAll(",", "?")).join();
}

export function isAskedAlike(one: AskedModel, other: AskedModel | undefined): boolean {
  return (
    tapList(one) === tapList(other) &&
    one.pool === other?.pool &&
    one.architecture === other?.architecture &&
    one.weights === other?.weights &&
    one.preprocess === other?.preprocess
  );
}

function pairs(models: readonly AskedModel[]): (readonly AskedModel[])[] {
  return models.flatMap((a, i) => models.slice(i + 1).map((b) => [a, b]));
}

export function quoteFor(shell: Shell): (word: string) => string {
  // What neither kind of shell reads anything into; PowerShell makes a list of what has commas, and splats after `@`.
  if (shell === "powershell")
    return (word) => (/^[\w:./\\=-]+$/.test(word) ? word : `'${word.replaceAll(/['‘’‚‛]/g, "$&$&")}'`);
  return (word) => (/^[\w@:,./=%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
}
