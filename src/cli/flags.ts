/** One flag of the command line. */
export interface Flag {
  readonly name: string;
  /** What the value is, for help: `FILE`, `N`; absent for a switch, which takes none. */
  readonly value?: string;
  readonly help: string;
}

const probe: Flag = {
  name: "probe",
  value: "P",
  help: "what the models are shown: .npy, .npz, IDX, CIFAR-10 binary, a folder of images, or *.probe.json; otherwise what likeness.json names, or synthetic images",
};
const samples: Flag = { name: "samples", value: "N", help: "the first N samples in file order (512)" };
const batch: Flag = { name: "batch", value: "N", help: "samples per batch (128)" };
const taps: Flag = {
  name: "taps",
  value: "GLOB,…",
  help: "layers to read, by name (`*` crosses dots) or @all, @blocks, @convs, @activations; an automatic choice without it, or with @auto",
};
const pool: Flag = {
  name: "pool",
  value: "HOW",
  help: "what becomes of the tokens where a layer has a vector for each: the first (cls), their mean over the mask (mean, default), the last one (last), or all of them (all); auto: what likeness.json says",
};
const arch: Flag = {
  name: "arch",
  value: "FILE",
  help: "what tells the architecture of a weights-only checkpoint: a donor (an export of the same network), a config.json, or the checkpoint itself; auto (default): what likeness.json names, a donor nearby, config.json, a known family",
};
const weights: Flag = {
  name: "weights",
  value: "NAME",
  help: "which of several weight sets in the file, e.g. ema; main (default)",
};
const preprocess: Flag = {
  name: "preprocess",
  value: "SPEC",
  help: "per channel, after the probe's scale: `mean=a,b,c;std=a,b,c`, `none`, or `auto`: what likeness.json, the checkpoint or the probe says",
};
const provider: Flag = { name: "provider", value: "NAME", help: "auto (default), cpu, webgpu, cuda, …" };
const threads: Flag = {
  name: "threads",
  value: "N",
  help: "threads of the engine; otherwise as many as hurt nobody else",
};
const measures: Flag = { name: "measures", value: "ID,…", help: "measures by id, or all" };
const json: Flag = { name: "json", value: "FILE", help: "write the whole report as JSON; - is standard output" };

/** A flag for the second model and those after it, which otherwise share the first's. */
function others(flag: Flag): Flag {
  return { ...flag, name: `${flag.name}-b`, help: `the same for the models after A, where it differs` };
}

/** Flags that the models share, each followed by its twin for those after the first. */
function perModel(...flags: readonly Flag[]): Flag[] {
  return flags.flatMap((flag) => [flag, others(flag)]);
}

/** @param what it keeps, and spares whoever asks again. */
function store(what: string): Flag {
  return { name: "store", value: "DIR", help: `folder that keeps ${what}; none (default)` };
}

const seed: Flag = { name: "seed", value: "N", help: "seed of everything that is drawn (0)" };

export const inspectFlags: readonly Flag[] = [taps, arch, weights, preprocess, json];

export const compareFlags: readonly Flag[] = [
  probe,
  samples,
  batch,
  { name: "estimator", value: "NAME", help: "full, minibatch, or auto (default): full where memory and time allow" },
  { ...measures, help: "measures by id, or all (cka.linear.unbiased)" },
  seed,
  ...perModel(taps, pool, arch, weights, preprocess),
  provider,
  threads,
  store("Grams, so that asking again runs no network"),
  { name: "html", value: "FILE", help: "write the report as one self-contained page" },
  { name: "csv", value: "DIR", help: "write the numbers as CSV files" },
  json,
];

const tap: Flag = {
  name: "tap",
  value: "GLOB,…",
  help: "the layer that is inverted, or several, one after the other; without it, or with @auto, the one that the classifier reads",
};

export const invertFlags: readonly Flag[] = [
  probe,
  { ...samples, help: "the first N samples in file order are the targets (64); --pairs names others" },
  ...perModel(tap),
  {
    name: "pairs",
    value: "FILE",
    help: 'JSON with the indices of seeds and targets, {"seeds":[0,…],"targets":[200,…]}; otherwise every sample is a target, and seeds are drawn',
  },
  {
    name: "preset",
    value: "NAME",
    help: "fast (default): quasi-Newton, stopped when near enough; jones, stir, madry: as published, which takes long",
  },
  {
    name: "seed-kind",
    value: "KIND",
    help: "where descent begins: other-class (a sample of another class), image (any other sample), noise, grey, black, white, fourier; the preset's own without it",
  },
  { name: "steps", value: "N", help: "steps at most (fast 400, jones 2000, stir 1000, madry 10000)" },
  { name: "repeats", value: "N", help: "independent inversions where seeds are drawn (stir 3, otherwise 1)" },
  {
    name: "rectifier",
    value: "HOW",
    help: "exact (default), or straight-through: the last rectifier passes gradients on as if it were not there",
  },
  { name: "batch", value: "N", help: "images per run; otherwise as many as are good" },
  seed,
  { name: "images", value: "DIR", help: "folder that takes seeds, targets, inversions and descents as PNG files" },
  { name: "maps", help: "compare all layers on natural and on inverted images" },
  { name: "grams", help: "tell how like the images are to each other for each model" },
  { name: "saliency", help: "compare the gradients of the class that each network names itself" },
  { name: "controversial", help: "find images that one network takes for the targets, and the other does not" },
  ...perModel(arch, weights, preprocess),
  provider,
  threads,
  store("inversions, so that asking again makes none"),
  { name: "csv", value: "DIR", help: "write the numbers as CSV files" },
  json,
];

export const runFlags: readonly Flag[] = [
  probe,
  samples,
  batch,
  taps,
  pool,
  arch,
  weights,
  preprocess,
  provider,
  threads,
  { name: "out", value: "DIR", help: "folder that takes one .npy per tap" },
  json,
];

export const checkFlags: readonly Flag[] = [
  {
    ...probe,
    help: "samples to judge the preprocessing by, in any form that compare takes; otherwise what likeness.json names",
  },
  samples,
  ...perModel(arch, weights, preprocess),
  provider,
  threads,
  json,
];

export const diffFlags: readonly Flag[] = [weights, others(weights), json];

export const measureFlags: readonly Flag[] = [{ ...measures, help: "measures by id, or all (default)" }, json];
