import { differenceSums } from "../diff/differenceSums.ts";
import type { ByteSource } from "../formats/byteSource.ts";
import { elementPieces } from "../graph/elementPieces.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Finding } from "../report/report.ts";
import type { WeightDifferences } from "../report/weightDifferences.ts";
import { type CheckedFile, type CheckedTensor, type ScannedTensor, scanned } from "./checkedFile.ts";
import { tensors } from "./listed.ts";

/** Bytes compared at a time. */
const pieceBytes = 1 << 22;

/** Whether two files hold the same bytes. Yields after each piece. */
export function* sameBytes(a: ByteSource, b: ByteSource): Generator<undefined, boolean> {
  if (a.size !== b.size) return false;
  for (let offset = 0; offset < a.size; offset += pieceBytes) {
    const length = Math.min(pieceBytes, a.size - offset);
    // Copied: the first may be a view that the second read overwrites.
    const [one, other] = [a.read(offset, length).slice(), b.read(offset, length)];
    for (let i = 0; i < length; i++) if (one[i] !== other[i]) return false;
    yield;
  }
  return true;
}

export const sameFile: Finding = {
  code: "check/identical",
  severity: "warning",
  title: "Both are the same file.",
  evidence: "They agree byte for byte.",
};

/** Two checkpoints with the same weights, whatever else is in the files: compared, they say nothing. */
export function* sameWeights(
  a: CheckedFile,
  b: CheckedFile,
  differences: WeightDifferences,
): Generator<undefined, Finding[]> {
  const [one, other] = [weightsOf(a), weightsOf(b)];
  if (!one || !other || one.length === 0 || one.length !== other.length) return [];
  const evidence = sameByName(one, other, differences) ?? (yield* sameByContent(one, other));
  if (evidence === undefined) return [];
  return [{ code: "check/identical", severity: "warning", title: "Both hold the same weights.", evidence }];
}

/** Without counters, masks and the like; `undefined` where one of them cannot be read. */
function weightsOf(file: CheckedFile): readonly ScannedTensor[] | undefined {
  const weights = scanned(file).filter(isWeight);
  return weights.length === file.tensors.filter(isWeight).length ? weights : undefined;
}

function isWeight({ role }: CheckedTensor): boolean {
  return role !== "buffer";
}

function sameByName(
  a: readonly CheckedTensor[],
  b: readonly CheckedTensor[],
  differences: WeightDifferences,
): string | undefined {
  const [namesA, namesB] = [a, b].map((side) => new Set(side.map(({ name }) => name)));
  const same = differences.tensors.filter(
    ({ name, nameB, state }) =>
      (state === "equal" || state === "rounded") && namesA?.has(name) && namesB?.has(nameB ?? name),
  );
  if (same.length !== a.length) return undefined;
  const retyped = same.find(({ state }) => state === "rounded") ?? same.find((each) => each.a?.dtype !== each.b?.dtype);
  return [
    `${tensors(same.length)}, all equal`,
    ...(differences.prefixes.some((prefix) => prefix !== "") ? [" under names with another beginning"] : []),
    ...(retyped ? [`, ${retyped.a?.dtype} in A and ${retyped.b?.dtype} in B`] : []),
    ...(retyped?.state === "rounded" ? [" (but for rounding)"] : []),
    ".",
  ].join("");
}

/** The same under other names: of each shape, the tensors are equal one by one once they are put in order. */
function* sameByContent(
  a: readonly ScannedTensor[],
  b: readonly ScannedTensor[],
): Generator<undefined, string | undefined> {
  const [shapesA, shapesB] = [byShape(a), byShape(b)];
  const isAlike = [...shapesA].every(([shape, some]) => some.length === shapesB.get(shape)?.length);
  if (!isAlike || shapesA.size !== shapesB.size) return undefined;
  let isRounded = false;
  for (const [shape, some] of shapesA) {
    const ones = yield* inOrder(some);
    const others = yield* inOrder(shapesB.get(shape)!);
    for (const [i, one] of ones.entries()) {
      const computation = differenceSums(one, others[i]!);
      let step = computation.next();
      for (; !step.done; step = computation.next()) yield;
      if (step.value.state === "changed") return undefined;
      isRounded ||= step.value.state === "rounded";
    }
  }
  return `${tensors(a.length)}, all equal under other names${isRounded ? " (but for rounding)" : ""}.`;
}

function byShape(all: readonly ScannedTensor[]): Map<string, Tensor[]> {
  const shapes = new Map<string, Tensor[]>();
  for (const { tensor } of all) {
    const key = tensor.shape.join();
    const found = shapes.get(key);
    if (found) found.push(tensor);
    else shapes.set(key, [tensor]);
  }
  return shapes;
}

/** Elements by which tensors of one shape are put into an order that names have no part in. */
const sampled = 256;

function* inOrder(all: readonly Tensor[]): Generator<undefined, Tensor[]> {
  const samples: { tensor: Tensor; first: readonly number[] }[] = [];
  for (const tensor of all) {
    const [piece] = elementPieces(tensor);
    samples.push({ tensor, first: Array.from(piece?.numbers.subarray(0, sampled) ?? []) });
    yield;
  }
  return samples.sort((one, other) => order(one.first, other.first)).map(({ tensor }) => tensor);
}

function order(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
