/** The weights of two checkpoints in a terminal: how many differ, then by module, then tensor by tensor. */
import { count, measureValue, middle, percent, plural, shape } from "./format.ts";
import { modelNames } from "./pairs.ts";
import type { Report } from "./report.ts";
import { bold, columns, dim, plain, type Terminal, wrap } from "./terminal.ts";
import type { DifferenceFigures, TensorDifference, WeightDifferences } from "./weightDifferences.ts";

const states: readonly (readonly [TensorDifference["state"], string])[] = [
  ["equal", "equal"],
  ["rounded", "equal but for rounding"],
  ["changed", "changed"],
  ["shape", "of another shape"],
  ["unread", "not read"],
  ["only-a", "only in A"],
  ["only-b", "only in B"],
];

/** @param shortened what is made of a list that is too long to be read */
export function diffSections(
  { weights, models }: Report,
  terminal: Terminal,
  shortened: (lines: readonly string[]) => readonly string[],
): string[][] {
  if (weights === undefined) return [];
  const [a = "", b = ""] = modelNames(models.map(({ path }) => path));
  const others = weights.tensors.filter(({ state }) => state !== "equal");
  const differing = others.filter(isCompared);
  const unmatched = others.filter((tensor) => !isCompared(tensor));
  return [
    [
      dim(terminal, plain(`A ${a}  ×  B ${b}`)),
      ...wrap(plain(diffSentence(weights)), terminal.width).map((line) => bold(terminal, line)),
    ],
    others.length > 0 && weights.modules.length < weights.tensors.length
      ? ["By module", ...shortened(moduleLines(weights, terminal.width))]
      : [],
    differing.length === 0 ? [] : ["Tensors that differ", ...shortened(differingLines(differing, terminal.width))],
    unmatched.length === 0
      ? []
      : ["Tensors that were not compared", ...shortened(unmatchedLines(unmatched, terminal.width))],
  ];
}

/** How many tensors agree, and how far the others are apart. */
export function diffSentence({ tensors, total, prefixes }: WeightDifferences): string {
  const counts = states.flatMap(([state, words]) => {
    const found = tensors.filter((each) => each.state === state).length;
    return found === 0 ? [] : [`${count(found)} ${words}`];
  });
  const [a, b] = prefixes;
  const taken = [a === "" ? "" : `"${a}" from A's`, b === "" ? "" : `"${b}" from B's`].filter((each) => each !== "");
  return [
    `${plural(tensors.length, "tensor")}: ${counts.join(", ")}.`,
    total.differing === 0
      ? ""
      : `Over all that both have: relative difference ${relative(total)}, cosine ${cosine(total)}, largest ${largest(total)}.`,
    taken.length === 0 ? "" : `Names were matched after ${taken.join(" and ")} was taken off.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

/** Columns of numbers. */
const figures = new Set([2, 3, 4]);

function moduleLines({ modules }: WeightDifferences, width: number): string[] {
  const lines = modules.map((module) => {
    const { name, tensors, equal } = module;
    const values = module.elements === 0 ? ["", "", ""] : [relative(module), cosine(module), largest(module)];
    const state = equal === tensors ? "equal" : `${count(tensors - equal)} of ${count(tensors)} differ`;
    return [nameIn(width, name), state, ...values];
  });
  return fitted([["", "", "relative", "cosine", "largest"], ...lines], width);
}

function differingLines(tensors: readonly (TensorDifference & DifferenceFigures)[], width: number): string[] {
  return fitted(
    tensors.map((tensor) => [
      nameOf(tensor, width),
      wordsOf(tensor),
      relative(tensor),
      cosine(tensor),
      largest(tensor),
      storage(tensor),
    ]),
    width,
  );
}

function unmatchedLines(tensors: readonly TensorDifference[], width: number): string[] {
  return fitted(
    tensors.map((tensor) => [nameOf(tensor, width), wordsOf(tensor), storage(tensor) || plain(tensor.reason ?? "")]),
    width,
    new Set(),
  );
}

function nameOf({ name, nameB }: TensorDifference, width: number): string {
  return nameIn(width, nameB === undefined ? name : `${name} = ${nameB}`);
}

function wordsOf({ state }: TensorDifference): string {
  return states.find(([each]) => each === state)?.[1] ?? state;
}

/** Columns that the figures take beside a name. */
const besideName = 46;

function nameIn(width: number, name: string): string {
  return `  ${middle(plain(name), Math.max(16, width - besideName))}`;
}

function fitted(
  lines: readonly (readonly string[])[],
  width: number,
  flushRight: ReadonlySet<number> = figures,
): string[] {
  return columns(lines, flushRight).map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
}

function isCompared(tensor: TensorDifference): tensor is TensorDifference & DifferenceFigures {
  return tensor.elements !== undefined;
}

/** How a tensor is stored where that differs, or where only one has it. */
function storage({ a, b }: TensorDifference): string {
  const [one, other] = [a, b].map((stored) => (stored ? `${stored.dtype} ${shape(stored.shape)}` : ""));
  return one === other ? "" : [one, other].filter(Boolean).join(" → ");
}

function relative({ relative: value }: Pick<DifferenceFigures, "relative">): string {
  if (value === null) return "undefined";
  return value > 0 && value < 1e-3 ? value.toExponential(1) : percent(value, 1);
}

function cosine({ cosine: value }: Pick<DifferenceFigures, "cosine">): string {
  return measureValue(value, 4);
}

function largest({ largest: value }: Pick<DifferenceFigures, "largest">): string {
  return value === null ? "undefined" : Number(value.toPrecision(3)).toString();
}
