import type { AssumedStep } from "./assumedSteps.ts";
import type { WeightedLayer } from "./chain.ts";

/** What a convolution's weight does not tell. */
export interface Window {
  readonly stride: number;
  readonly padding: number;
}

/** A window for each convolution of a chain. */
export type Windows = ReadonlyMap<WeightedLayer, Window>;

/** What people give convolutions of a size, the most usual first. */
const usualWindows: ReadonlyMap<number, readonly (readonly [stride: number, padding: number])[]> = new Map([
  [1, [[1, 0]]],
  [
    2,
    [
      [2, 0],
      [1, 0],
    ],
  ],
  [
    3,
    [
      [1, 1],
      [1, 0],
      [2, 1],
      [2, 0],
    ],
  ],
  [
    4,
    [
      [2, 1],
      [1, 0],
      [2, 0],
      [4, 0],
      [1, 1],
      [3, 1],
      [3, 0],
      [2, 2],
    ],
  ],
  [
    5,
    [
      [1, 2],
      [1, 0],
      [2, 2],
      [2, 0],
      [2, 1],
    ],
  ],
  [
    7,
    [
      [1, 3],
      [1, 0],
      [2, 3],
      [2, 0],
    ],
  ],
  [
    8,
    [
      [4, 2],
      [4, 0],
      [2, 0],
      [1, 0],
      [2, 3],
      [8, 0],
    ],
  ],
]);

/** Choices that are tried; more are not told apart by sizes anyway. */
const mostTrials = 1000;

/**
 * The windows, likeliest first, under which images of a size give each layer what its weight takes.
 *
 * @param isUniform whether convolutions of one size are to have the same window.
 */
export function* fits(
  steps: readonly AssumedStep[],
  height: number,
  width: number,
  isUniform: boolean,
): Iterable<Windows> {
  const convolutions = steps.flatMap((step) =>
    step.kind === "weighted" && step.layer.kind === "conv" ? [step.layer] : [],
  );
  const keys = convolutions.map((layer, i) => (isUniform ? kernelOf(layer) : i));
  const distinct = [...new Set(keys)];
  const choiceOf = keys.map((key) => distinct.indexOf(key));
  const lists = distinct.map((key) => windowsOf(kernelOf(convolutions[keys.indexOf(key)]!)));
  let trials = 0;
  for (const chosen of choices(lists)) {
    if (trials++ === mostTrials) return;
    const windows = new Map(convolutions.map((layer, i) => [layer, chosen[choiceOf[i]!]!]));
    if (meets(steps, windows, height, width)) yield windows;
  }
}

/** Whether every layer gets as many channels or features as its weight takes. */
function meets(steps: readonly AssumedStep[], windows: Windows, height: number, width: number): boolean {
  let sides: readonly number[] = [height, width];
  let channels: number | undefined;
  for (const step of steps) {
    if (step.kind === "maxPool") sides = sides.map((side) => Math.floor(side / 2));
    else if (step.kind === "globalPool") sides = [1, 1];
    else if (step.kind === "flatten") {
      channels = channels === undefined ? undefined : channels * sides[0]! * sides[1]!;
    } else if (step.kind === "weighted") {
      const { kind, shape } = step.layer;
      const [outputs = 0, inputs = 0, ...kernel] = shape;
      if (kind === "batchNorm" ? outputs !== channels : channels !== undefined && inputs !== channels) return false;
      if (kind === "conv") {
        const { stride, padding } = windows.get(step.layer)!;
        sides = sides.map((side, axis) => Math.floor((side + 2 * padding - kernel[axis]!) / stride) + 1);
      }
      channels = outputs;
    }
    if (sides.some((side) => side < 1)) return false;
  }
  return true;
}

function kernelOf({ shape }: WeightedLayer): number {
  return shape[2] ?? 1;
}

function windowsOf(kernel: number): readonly Window[] {
  const half = Math.floor(kernel / 2);
  const usual = usualWindows.get(kernel) ?? [
    [1, half],
    [1, 0],
    [2, half],
    [2, 0],
  ];
  return usual.map(([stride, padding]) => ({ stride, padding }));
}

/** Every way to take one of each list; the last list changes fastest. */
function* choices<T>(lists: readonly (readonly T[])[]): Iterable<readonly T[]> {
  const positions = new Array<number>(lists.length).fill(0);
  if (lists.some((list) => list.length === 0)) return;
  while (true) {
    yield positions.map((position, i) => lists[i]![position]!);
    let i = lists.length - 1;
    for (; i >= 0; i--) {
      positions[i]!++;
      if (positions[i]! < lists[i]!.length) break;
      positions[i] = 0;
    }
    if (i < 0) return;
  }
}
