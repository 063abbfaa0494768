import type { Node } from "../graph.ts";
import { exportedPath, joinScopes, notedPath, parameterPath, saysFolded, scriptScopes } from "./evidence.ts";
import type { Wiring } from "./wiring.ts";

/** Where in the network's modules a node belongs. */
export interface Place {
  /** Module path as people know it; `""` is the network itself. */
  readonly path: string;
  /** The same, told apart by call: a module that runs twice has two. */
  readonly call: string;
  /** Module path of the batch norm that the exporter names in place of the layer it was folded into. */
  readonly batchNorm?: string;
}

/** The place of each node whose module the file knows. */
export function placesOf(wiring: Wiring): ReadonlyMap<Node, Place> {
  const places = new Map<Node, Place>();
  const recorded = new Map<Node, Place>();
  const repeats = repeatedCalls(wiring);
  for (const node of wiring.graph.nodes) {
    if (node.op === "Constant") continue;
    const scopes = scriptScopes(node);
    const place = scopes
      ? { path: joinScopes(withoutRepeats(scopes, repeats)), call: joinScopes(scopes) }
      : recordedPlace(node, wiring);
    if (place) places.set(node, place);
    if (place && !scopes) recorded.set(node, place);
  }
  for (const [node, call] of separateCalls(wiring, recorded)) places.set(node, { ...recorded.get(node)!, call });
  return places;
}

function recordedPlace(node: Node, wiring: Wiring): Place | undefined {
  const noted = notedPath(node);
  if (noted !== undefined) return { path: noted, call: noted };
  const exported = exportedPath(node);
  const parameters = parameterPath(node, (value) => wiring.isConstant(value));
  if (exported !== undefined && parameters !== undefined && exported !== parameters && saysFolded(node)) {
    return { path: parameters, call: parameters, batchNorm: exported };
  }
  const path = exported ?? parameters;
  return path === undefined ? undefined : { path, call: path };
}

/**
 * Scopes that are a further call of a module: the TorchScript exporter writes `relu_1` for the second call of `relu`. A
 * module that is really named so has weights of its own; one without weights is the same as its sibling either way.
 *
 * @returns by scope (its segments joined by `/`), the segment without the count.
 */
function repeatedCalls(wiring: Wiring): ReadonlyMap<string, string> {
  const weights = new Map<string, Set<string>>();
  for (const node of wiring.graph.nodes) {
    const scopes = node.op === "Constant" ? undefined : scriptScopes(node);
    for (const [depth] of scopes?.entries() ?? []) {
      const scope = scopes!.slice(0, depth + 1).join("/");
      const read = weights.get(scope) ?? new Set();
      weights.set(scope, read);
      for (const name of node.inputs) if (wiring.isConstant(name)) read.add(name);
    }
  }
  const repeats = new Map<string, string>();
  for (const [scope, read] of weights) {
    const [, base] = /^(.*[^/])_\d+$/.exec(scope) ?? [];
    const first = base === undefined ? undefined : weights.get(base);
    if (first && first.size === read.size && [...read].every((name) => first.has(name))) {
      repeats.set(scope, base!.slice(base!.lastIndexOf("/") + 1));
    }
  }
  return repeats;
}

function withoutRepeats(scopes: readonly string[], repeats: ReadonlyMap<string, string>): string[] {
  return scopes.map((segment, depth) => repeats.get(scopes.slice(0, depth + 1).join("/")) ?? segment);
}

/**
 * Tells the calls of innermost modules apart where the file does not: nodes of one call hang together, those of two calls
 * meet only through other modules.
 *
 * @returns the call of each node of an innermost module, the second as `path#2`.
 */
function separateCalls(wiring: Wiring, places: ReadonlyMap<Node, Place>): ReadonlyMap<Node, string> {
  const outer = new Set([...places.values()].flatMap(({ path }) => pathsAround(path)));
  const innermost = [...places].filter(([, { path }]) => path !== "" && !outer.has(path));
  const leaders = new Map<Node, Node>();
  const leaderOf = (node: Node): Node => {
    let leader = node;
    for (let next = leaders.get(leader); next; next = leaders.get(leader)) leader = next;
    return leader;
  };
  for (const [node, { path }] of innermost) {
    for (const name of node.inputs) {
      const before = wiring.producer(name);
      if (!before || places.get(before)?.path !== path) continue;
      const [a, b] = [leaderOf(before), leaderOf(node)];
      if (a !== b) leaders.set(b, a);
    }
  }
  const calls = new Map<Node, string>();
  const counts = new Map<string, number>();
  for (const [node, { path }] of innermost) {
    const leader = leaderOf(node);
    if (!calls.has(leader)) {
      const count = (counts.get(path) ?? 0) + 1;
      counts.set(path, count);
      calls.set(leader, count === 1 ? path : `${path}#${count}`);
    }
    calls.set(node, calls.get(leader)!);
  }
  return calls;
}

/** The modules that a module is inside of: `a.b.c` → `a`, `a.b`. */
export function pathsAround(path: string): string[] {
  const paths: string[] = [];
  for (let end = path.indexOf("."); end > 0; end = path.indexOf(".", end + 1)) paths.push(path.slice(0, end));
  return paths;
}
