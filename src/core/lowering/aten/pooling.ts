import { int, ints } from "../../graph/attributes.ts";
import type { Attribute } from "../../graph/graph.ts";
import type { Arguments } from "./arguments.ts";
import { concat, moved, sizeAt, slice, squeeze, unsqueeze } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** Runs `pool` on samples with channels and `rank` axes of space; a single sample may come without the samples' axis. */
function batched(w: OnnxWriter, x: Operand, rank: number, pool: (x: Operand) => Operand): Operand {
  return x.shape.length === rank + 1 ? squeeze(w, pool(unsqueeze(w, x, [0])), [0]) : pool(x);
}

/** What maximum and average pooling share; no stride means that of the window. */
function windowOf(a: Arguments, rank: number): Record<string, Attribute> {
  const kernel = a.perAxis("kernel_size", rank);
  const pads = a.perAxis("padding", rank);
  const hasStride = a.given("stride") && a.numbers("stride").length > 0;
  return {
    kernel_shape: ints(kernel),
    strides: ints(hasStride ? a.perAxis("stride", rank) : kernel),
    pads: ints([...pads, ...pads]),
    ceil_mode: int(a.flag("ceil_mode") ? 1 : 0),
  };
}

function maxPool(w: OnnxWriter, a: Arguments, rank: number): Operand {
  const attributes = { ...windowOf(a, rank), dilations: ints(a.perAxis("dilation", rank)) };
  return batched(w, a.tensor("self"), rank, (x) => w.add("MaxPool", [x], attributes));
}

function averagePool(w: OnnxWriter, a: Arguments, rank: number): Operand {
  const attributes = { ...windowOf(a, rank), count_include_pad: int(a.flag("count_include_pad") ? 1 : 0) };
  const divisor = a.optionalNumber("divisor_override");
  if (divisor === undefined) return batched(w, a.tensor("self"), rank, (x) => w.add("AveragePool", [x], attributes));
  if (a.flag("ceil_mode")) throw w.unsupported("it has both a divisor of its own and rounds its size up");
  const count = a.perAxis("kernel_size", rank).reduce((product, size) => product * size, 1);
  const average = { ...attributes, count_include_pad: int(1) };
  return batched(w, a.tensor("self"), rank, (x) =>
    w.add("Mul", [w.add("AveragePool", [x], average), w.scalar(count / divisor)]),
  );
}

type Pooling = "Average" | "Max";

/** Pools to a given size: one window for all where the sizes divide, else windows of several lengths, axis by axis. */
function adaptivePool(w: OnnxWriter, a: Arguments, rank: number, kind: Pooling): Operand {
  return batched(w, a.tensor("self"), rank, (x) => {
    const target = adaptiveSizes(w, a, x, rank);
    if (target.every((size) => size === 1)) return w.add(`Global${kind}Pool`, [x]);
    const sizes = target.map((_, i) => sizeAt(w, x, i + 2));
    if (target.every((size, i) => sizes[i]! % size === 0)) {
      const steps = ints(target.map((size, i) => sizes[i]! / size));
      return w.add(`${kind}Pool`, [x], { kernel_shape: steps, strides: steps });
    }
    let y = x;
    for (const [i, size] of target.entries()) y = poolAxis(w, y, i + 2, size, kind);
    return y;
  });
}

/** None keeps the size of an axis. */
function adaptiveSizes(w: OnnxWriter, a: Arguments, x: Operand, rank: number): number[] {
  const given = a.raw("output_size");
  if (!Array.isArray(given) || !given.includes(null)) return a.perAxis("output_size", rank);
  return given.map((size, i) => (typeof size === "number" ? size : sizeAt(w, x, i + 2)));
}

/** Window `i` of `count` reaches from `⌊i·n/count⌋` to `⌈(i+1)·n/count⌉`. */
function poolAxis(w: OnnxWriter, x: Operand, axis: number, count: number, kind: Pooling): Operand {
  const n = sizeAt(w, x, axis);
  if (n === count) return x;
  const windows = Array.from({ length: w.bounded(count) }, (_, i): [number, number] => [
    Math.floor((i * n) / count),
    Math.ceil(((i + 1) * n) / count),
  ]);
  if (kind === "Max") {
    const maxima = windows.map(([start, end]) =>
      w.add("ReduceMax", [slice(w, x, axis, start, end), w.ints([axis])], { keepdims: int(1) }),
    );
    return concat(w, maxima, axis);
  }
  // The average over windows of an axis is a product with a matrix.
  const last = x.shape.length - 1;
  const weights = w.table([n, count], "float", (position) => {
    const [start, end] = windows[position % count]!;
    const k = Math.floor(position / count);
    return k >= start && k < end ? 1 / (end - start) : 0;
  });
  return moved(w, w.add("MatMul", [moved(w, x, axis, last), weights]), last, axis);
}

const ranks = [1, 2, 3];

/** Pooling. Where the places of maxima are asked for, they cannot be had. */
export const poolingOperators: readonly Operator[] = ranks.flatMap((rank) => [
  operator(
    `max_pool${rank}d(Tensor self, int[] kernel_size, int[] stride=[], int[] padding=0, int[] dilation=1, bool ceil_mode=False)`,
    (w, a) => maxPool(w, a, rank),
  ),
  operator(
    `max_pool${rank}d_with_indices(Tensor self, int[] kernel_size, int[] stride=[], int[] padding=0, int[] dilation=1, bool ceil_mode=False)`,
    (w, a) => [maxPool(w, a, rank), null],
  ),
  operator(
    `avg_pool${rank}d(Tensor self, int[] kernel_size, int[] stride=[], int[] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None)`,
    (w, a) => averagePool(w, a, rank),
  ),
  operator(
    [
      `adaptive_avg_pool${rank}d(Tensor self, any output_size)`,
      `_adaptive_avg_pool${rank}d(Tensor self, any output_size)`,
    ],
    (w, a) => adaptivePool(w, a, rank, "Average"),
  ),
  operator(`adaptive_max_pool${rank}d(Tensor self, any output_size)`, (w, a) => [
    adaptivePool(w, a, rank, "Max"),
    null,
  ]),
]);
