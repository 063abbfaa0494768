import { type Modules, moduleOf, within } from "./modules.ts";

/** What can be told of a donor's batch norms before any weight is bound. */
export interface FoldingEvidence {
  /** Batch norms that the donor still has nodes for. */
  readonly kept: ReadonlySet<string>;
  /** Layers that run into such a node: nothing was folded into them. */
  readonly unfolded: ReadonlySet<string>;
  /** What the exporter itself says: batch norm by layer. */
  readonly said: ReadonlyMap<string, string>;
}

/**
 * The batch norm that was folded into each layer: one that the checkpoint has and the donor has no node for. That the
 * layer's weight keeps its name and shape says nothing: PyTorch's newer exporter puts the folded values under the old name.
 *
 * @returns path of the batch norm by that of the layer.
 */
export function foldedPartners(modules: Modules, evidence: FoldingEvidence): ReadonlyMap<string, string> {
  const partners = new Map<string, string>();
  const taken = new Set([...evidence.kept, ...evidence.said.values()]);
  const join = (layer: string, batchNorm: string): void => {
    partners.set(layer, batchNorm);
    taken.add(batchNorm);
  };
  for (const [layer, batchNorm] of evidence.said) join(layer, batchNorm);
  const layers = modules.paths.filter((path) => !evidence.unfolded.has(path) && outputsOf(path, modules).length > 0);
  const fits = (layer: string, path: string): boolean =>
    !taken.has(path) && outputsOf(layer, modules).includes(modules.batchNorms.get(path) ?? -1);

  for (const layer of layers) {
    const found = partners.has(layer) ? undefined : namesakes(layer, modules).find((path) => fits(layer, path));
    if (found !== undefined) join(layer, found);
  }
  if (!modules.inModuleOrder) return partners;
  // What names do not tell the order does: a batch norm is made behind the layer that runs into it.
  for (const batchNorm of modules.batchNorms.keys()) {
    if (taken.has(batchNorm)) continue;
    const before = modules.paths.slice(0, modules.paths.indexOf(batchNorm)).reverse();
    const layer = before.find((path) => layers.includes(path) && !partners.has(path) && fits(path, batchNorm));
    if (layer !== undefined) join(layer, batchNorm);
  }
  return partners;
}

/** Numbers of channels that a layer may have as its output; none for what is no layer. */
function outputsOf(path: string, modules: Modules): readonly number[] {
  const shape = modules.tensors.get(within(path, "weight"))?.shape ?? [];
  // Transposed convolutions have their output on the second axis; grouped ones are left to the exporter's own word.
  return shape.length < 2 ? [] : shape.slice(0, 2);
}

/** Paths of the batch norms that go with a layer by convention, the likeliest first. */
function namesakes(layer: string, modules: Modules): readonly string[] {
  const parent = moduleOf(layer);
  const own = layer.slice(parent === "" ? 0 : parent.length + 1);
  if (/^\d+$/.test(own)) return [within(parent, String(Number(own) + 1)), ...besides(parent, own, modules)];
  const [, stem = "", count = ""] = /^(.*?)(\d*)$/.exec(own) ?? [];
  const counts = count === "" ? [""] : [count, String(Number(count) + 1)];
  const numbered = counts.flatMap((number) =>
    ["bn", "norm", "batch_norm", "batchnorm"].map((style) => within(parent, `${style}${number}`)),
  );
  const named = [`${own}_bn`, `${stem}_bn${count}`, `bn_${own}`, `${own}_norm`, `${stem}bn${count}`];
  return [...numbered, ...named.map((name) => within(parent, name))];
}

/** `convs.2` → `bns.2`: layers and batch norms in two lists side by side. */
function besides(list: string, index: string, modules: Modules): readonly string[] {
  return [...modules.batchNorms.keys()].filter((path) => {
    const other = moduleOf(path);
    return other !== list && moduleOf(other) === moduleOf(list) && path === within(other, index);
  });
}
