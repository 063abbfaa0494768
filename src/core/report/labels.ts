/**
 * Short names for the layers along an axis. Module paths repeat themselves (`model.encoder.layer.3.attention.query`):
 * what all names share is dropped, and consecutive layers of one stage (`layer.3`) are named once, as a group.
 */

export interface AxisLabels {
  /** One per name: what is left beside the stage; the name itself where nothing is shared. */
  readonly short: readonly string[];
  /** Runs of two or more consecutive names, in order; names outside them belong to no stage. */
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly label: string;
  /** First index of the run, and the index after its last. */
  readonly from: number;
  readonly to: number;
  /** Whether `label` is a module that people know by that name, rather than a number their names end in. */
  readonly isModule: boolean;
}

/** A layer as it is spoken of: stage and short label, `layer.7.attention.out`. */
export function layerName({ short, stages }: AxisLabels, index: number): string {
  const stage = stages.find(({ from, to, isModule }) => isModule && from <= index && index < to);
  const own = short[index] ?? "";
  return stage === undefined || own === stage.label ? own : `${stage.label}.${own}`;
}

/** A group that holds more than this share of all names says too little, and is split further. */
const dominant = 0.5;
/** Names come from files: deeper paths than this are not looked into. */
const maximumDepth = 32;

/** Labels for names in axis order. */
export function axisLabels(names: readonly string[]): AxisLabels {
  const paths = names.map((name) => name.split(".", maximumDepth + 1));
  const depths = stageDepths(paths);
  const keys = paths.map((path, i) => (path.length > depths[i]! ? path.slice(0, depths[i]).join(".") : ""));
  const modules = runs(keys).map((run) => ({ ...run, label: stageLabel(keys[run.from]!), isModule: true }));
  if (modules.length > 0) {
    const staged = new Set(modules.flatMap((stage) => range(stage.from, stage.to)));
    const prefix = sharedDepth(paths);
    const short = paths.map((path, i) => path.slice(staged.has(i) ? depths[i] : prefix).join("."));
    return { short, stages: modules };
  }
  const numbered = runs(names.map((name) => /^[^\d.]+(\d+)(?:#\d+)?$/.exec(name)?.[1] ?? ""));
  const short = names.map((name) => name.split(".").slice(sharedDepth(paths)).join("."));
  return { short, stages: numbered.map((run) => ({ ...run, label: run.key, isModule: false })) };
}

/** How many leading components name the stage of each path: as few as tell the groups apart. */
function stageDepths(paths: readonly (readonly string[])[]): number[] {
  const depths = paths.map(() => 1);
  const open = [{ members: paths.map((_, i) => i), depth: 0 }];
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    const { members, depth } = group;
    const byComponent = new Map<string, number[]>();
    for (const i of members) {
      const component = paths[i]![depth] ?? "";
      const subgroup = byComponent.get(component);
      if (subgroup === undefined) byComponent.set(component, [i]);
      else subgroup.push(i);
    }
    for (const [component, subgroup] of byComponent) {
      const alone = byComponent.size === 1;
      const tooLarge = subgroup.length > 4 && subgroup.length > paths.length * dominant;
      const deeper = component !== "" && depth + 1 < maximumDepth && (alone || tooLarge) && subgroup.length > 1;
      if (deeper) open.push({ members: subgroup, depth: depth + 1 });
      else for (const i of subgroup) depths[i] = depth + 1;
    }
  }
  return depths;
}

/** Components that all paths begin with, leaving each at least one of its own. */
function sharedDepth(paths: readonly (readonly string[])[]): number {
  const first = paths[0];
  if (first === undefined || paths.length === 1) return 0;
  let depth = 0;
  while (paths.every((path) => depth < path.length - 1 && path[depth] === first[depth])) depth++;
  return depth;
}

/** `encoder.layer.3` → `layer.3`, `features.denseblock1` → `denseblock1`. */
function stageLabel(key: string): string {
  const components = key.split(".");
  const last = components.at(-1) ?? "";
  return /^\d+$/.test(last) ? components.slice(-2).join(".") : last;
}

function runs(keys: readonly string[]): { key: string; from: number; to: number }[] {
  const found: { key: string; from: number; to: number }[] = [];
  for (let from = 0; from < keys.length; ) {
    let to = from + 1;
    while (to < keys.length && keys[to] === keys[from]) to++;
    if (to - from > 1 && keys[from] !== "") found.push({ key: keys[from]!, from, to });
    from = to;
  }
  return found.map(({ key, from, to }) => ({ key, from, to }));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
