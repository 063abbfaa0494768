import { moduleNote } from "../builder.ts";
import type { Node } from "../graph.ts";

/** What a file says about the module that a node came from. */

/** Path segments of a node name by PyTorch's TorchScript exporter (1.12 on): `/layer1/layer1.0/conv1/Conv`. */
export function scriptScopes(node: Node): readonly string[] | undefined {
  if (!node.name.startsWith("/")) return undefined;
  const segments = node.name.slice(1).split("/");
  return /^[A-Z]\w*$/.test(segments.pop() ?? "") ? segments : undefined;
}

/**
 * Joins such segments to a module path. A child of a `Sequential` or `ModuleList` repeats its parent's name (`layer1`,
 * `layer1.0`), any other child does not (`layer1.0`, `conv1`).
 */
export function joinScopes(segments: readonly string[]): string {
  const parts: string[] = [];
  for (const segment of segments) {
    if (parts.length > 0 && segment.startsWith(`${parts.at(-1)}.`)) parts.pop();
    parts.push(segment);
  }
  return parts.join(".");
}

/** The module path that our own readers note on a node: see {@link moduleNote}. */
export function notedPath(node: Node): string | undefined {
  return node.metadata?.get(moduleNote);
}

/**
 * The module path in the notes of PyTorch's newer exporter (2.5 on): `['', 'layer1', 'layer1.0', 'relu_1']`, outermost
 * first, the operation itself last. Earlier ones have it in `namespace`, each name with its class behind a colon.
 */
export function exportedPath(node: Node): string | undefined {
  const scopes = node.metadata?.get("pkg.torch.onnx.name_scopes");
  const namespace = node.metadata?.get("namespace");
  const names =
    scopes === undefined
      ? namespace?.split("/").map((part) => part.slice(0, Math.max(0, part.indexOf(":"))))
      : [...scopes.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, name = ""]) => name);
  const path = names?.at(-2);
  // A repeated call of a module is marked `@1`, and what belongs to no module has a name of the exporter's own.
  return path?.startsWith("_empty_nn_module_stack") ? "" : path?.replace(/@\d+/g, "");
}

const parameterName = /^(.+)\.(?:weight|bias|weight_bias|running_mean|running_var|num_batches_tracked)$/;

/** The module whose parameters a node reads, by their recorded names: `layer1.0.conv1.weight` → `layer1.0.conv1`. */
export function parameterPath(node: Node, isConstant: (value: string) => boolean): string | undefined {
  for (const name of node.inputs) {
    const path = parameterName.exec(name)?.[1];
    if (path !== undefined && isConstant(name)) return path;
  }
  return undefined;
}

/** Whether the exporter says that it put a batch norm's scale and shift into this node's weights. */
export function saysFolded(node: Node): boolean {
  const rules = node.metadata?.get("pkg.onnxscript.rewriter.rule_name") ?? "";
  return /Fuse(?:d)?BatchNorm/.test(rules) || node.inputs.some((name) => name.endsWith(".weight_bias"));
}

/** A name that an exporter invents for a tensor that is no parameter as it stands: `onnx::Conv_86`, `420`. */
export function isInventedName(name: string): boolean {
  return /^onnx::|^\d+$/.test(name);
}
