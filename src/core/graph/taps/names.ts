import type { Node } from "../graph.ts";
import type { Candidate } from "./candidates.ts";
import type { Place } from "./places.ts";

/**
 * Names of taps, in their order.
 *
 * 1. Where the file knows the module: a value that is the module's own output has the module's path (`layer1.0.conv1`,
 *    what a forward hook on it sees); any other value has the path and the operator (`layer1.0.Add`, `encoder.ln.Sub`).
 * 2. Where it knows none: the node's name without leading slash and operator suffix, if that leaves something and no other
 *    node shares it (`model/dense/MatMul` → `model/dense`).
 * 3. Else, and for operators of the network itself, outside all its modules: the value's name.
 *
 * A name that comes again gets `#2`, `#3`, …: further calls of a module, further operators of one kind in it. Outputs after
 * a node's first have their position behind a colon (`lstm.LSTM:1`).
 */
export function namesOf(
  nodes: readonly Node[],
  candidates: readonly Candidate[],
  places: ReadonlyMap<Node, Place>,
  own: ReadonlySet<string>,
): readonly string[] {
  const stripped = new Map<string, number>();
  for (const node of nodes) stripped.set(strippedName(node), (stripped.get(strippedName(node)) ?? 0) + 1);
  const taken = new Set<string>();
  return candidates.map(({ value, node }) => {
    const place = places.get(node);
    const position = node.outputs.indexOf(value);
    const suffix = position > 0 && !own.has(value) ? `:${position}` : "";
    const base = place ? moduleName(place, node, own.has(value)) : nodeName(node, stripped);
    return base === undefined ? unique(value, "", taken) : unique(base, suffix, taken);
  });
}

function moduleName({ path }: Place, { op }: Node, isOwnOutput: boolean): string | undefined {
  if (path === "") return undefined;
  return isOwnOutput ? path : `${path}.${op}`;
}

function nodeName(node: Node, stripped: ReadonlyMap<string, number>): string | undefined {
  const short = strippedName(node);
  if (short === "") return undefined;
  return stripped.get(short) === 1 ? short : node.name.replace(/^\//, "");
}

/** `/model/dense/MatMul_1` → `model/dense`; `Conv_0` → nothing. */
function strippedName({ name, op }: Node): string {
  const short = name.replace(/^\//, "");
  const [, before = "", last = ""] = /^(.*?)([^/.]*)$/.exec(short) ?? [];
  const isSuffix = last === op || (last.startsWith(`${op}_`) && /^\d+$/.test(last.slice(op.length + 1)));
  return isSuffix ? before.replace(/[/.]$/, "") : short;
}

function unique(base: string, suffix: string, taken: Set<string>): string {
  let result = base + suffix;
  for (let call = 2; taken.has(result); call++) result = `${base}#${call}${suffix}`;
  taken.add(result);
  return result;
}
