import { Failure } from "../failure.ts";
import { unlessUnread } from "../formats/unreadElements.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { ModuleDifference, StoredAs, TensorDifference, WeightDifferences } from "../report/weightDifferences.ts";
import { DifferenceSums, differenceSums } from "./differenceSums.ts";
import { matchNames, moduleOf } from "./matchNames.ts";

type Weights = ReadonlyMap<string, Tensor>;

/** What is known of two checkpoints' tensors once they were compared, with the sums behind the figures. */
interface Compared {
  readonly difference: TensorDifference;
  readonly sums?: DifferenceSums;
}

/**
 * Compares two checkpoints tensor by tensor, in the order of A, with what only B has at the end. Memory stays that of two
 * pieces of 2²⁰ elements.
 *
 * Yields after each piece of a pair how many elements it had.
 * @throws Failure `file/…` where a file is gone or has changed.
 */
export function* weightDifferences(a: Weights, b: Weights): Generator<number, WeightDifferences> {
  const { pairs, onlyA, onlyB, prefixes } = matchNames([...a.keys()], [...b.keys()]);
  const inB = new Map(pairs);
  const compared: Compared[] = [];
  for (const [name, tensor] of a) {
    const nameB = inB.get(name);
    const other = nameB === undefined ? undefined : b.get(nameB);
    if (nameB === undefined || !other) continue;
    const facts = { name, ...(nameB !== name && { nameB }), a: storedAs(tensor), b: storedAs(other) };
    compared.push(yield* comparePair(tensor, other, facts));
  }
  const alone = [
    ...onlyA.map((name): TensorDifference => ({ name, state: "only-a", a: storedAs(a.get(name)!) })),
    ...onlyB.map((name): TensorDifference => ({ name, state: "only-b", b: storedAs(b.get(name)!) })),
  ];
  const all = [...compared, ...alone.map((difference) => ({ difference }))];
  const total = new DifferenceSums();
  for (const { sums } of compared) if (sums) total.include(sums);
  return {
    prefixes,
    tensors: all.map(({ difference }) => difference),
    modules: byModule(all, prefixes),
    total: total.figures,
  };
}

type Facts = Pick<TensorDifference, "name" | "nameB"> & { readonly a: StoredAs; readonly b: StoredAs };

function* comparePair(a: Tensor, b: Tensor, facts: Facts): Generator<number, Compared> {
  if (a.shape.join() !== b.shape.join() || isComplex(a) !== isComplex(b)) {
    return { difference: { ...facts, state: "shape" } };
  }
  if (a.dtype === "string" || b.dtype === "string") return { difference: { ...facts, state: textState(a, b) } };
  const computation = differenceSums(a, b);
  for (;;) {
    const step = unlessUnread(() => computation.next());
    if (step instanceof Failure) return { difference: { ...facts, state: "unread", reason: step.message } };
    if (!step.done) {
      yield step.value;
      continue;
    }
    const sums = step.value;
    return { difference: { ...facts, state: sums.state, ...sums.figures }, sums };
  }
}

function textState(a: Tensor, b: Tensor): TensorDifference["state"] {
  if (a.dtype !== b.dtype) return "changed";
  return JSON.stringify(a.strings?.()) === JSON.stringify(b.strings?.()) ? "equal" : "changed";
}

function isComplex({ dtype }: Tensor): boolean {
  return dtype.startsWith("complex");
}

function storedAs({ dtype, shape }: Tensor): StoredAs {
  return { dtype, shape };
}

/** Tensors by the module that holds them, in the order in which modules appear, as A names them. */
function byModule(all: readonly Compared[], [prefixA, prefixB]: WeightDifferences["prefixes"]): ModuleDifference[] {
  const modules = new Map<string, Compared[]>();
  for (const each of all) {
    const { name, state } = each.difference;
    const isAsInA = state !== "only-b" || !name.startsWith(prefixB);
    const module = moduleOf(isAsInA ? name : prefixA + name.slice(prefixB.length));
    const found = modules.get(module);
    if (found) found.push(each);
    else modules.set(module, [each]);
  }
  return [...modules].map(([name, parts]) => {
    const sums = new DifferenceSums();
    for (const part of parts) if (part.sums) sums.include(part.sums);
    const count = (...states: readonly TensorDifference["state"][]): number =>
      parts.filter(({ difference }) => states.includes(difference.state)).length;
    return {
      name,
      tensors: parts.length,
      equal: count("equal", "rounded"),
      changed: count("changed"),
      unmatched: count("only-a", "only-b", "shape", "unread"),
      ...sums.figures,
    };
  });
}
