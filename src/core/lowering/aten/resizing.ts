import { float, int, ints, text } from "../../graph/attributes.ts";
import type { Attribute } from "../../graph/graph.ts";
import type { Arguments } from "./arguments.ts";
import { sizeAt, squeeze, swapped, unsqueeze } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

type Mode = "nearest" | "nearest-exact" | "linear" | "cubic";

/** How ONNX `Resize` must be told to compute what PyTorch does. */
function resizing(mode: Mode, alignCorners: boolean): Record<string, Attribute> {
  const coordinates = mode === "nearest" ? "asymmetric" : alignCorners ? "align_corners" : "half_pixel";
  return {
    mode: text(mode.startsWith("nearest") ? "nearest" : mode),
    coordinate_transformation_mode: text(coordinates),
    ...(mode === "nearest" && { nearest_mode: text("floor") }),
    ...(mode === "nearest-exact" && { nearest_mode: text("round_prefer_ceil") }),
    ...(mode === "cubic" && { cubic_coeff_a: float(-0.75) }),
  };
}

/** A factor for each axis where the call names factors; their sizes are rounded down. */
function factorsOf(a: Arguments, rank: number): number[] | undefined {
  if (a.given("scale_factors")) return a.perAxis("scale_factors", rank);
  const names = scaleNames(rank);
  return names.every((name) => a.given(name)) ? names.map((name) => a.number(name)) : undefined;
}

function resize(w: OnnxWriter, a: Arguments, rank: number, mode: Mode): Operand {
  const x = a.tensor(a.given("input") ? "input" : "self");
  const factors = factorsOf(a, rank);
  const sizes = Array.from({ length: rank }, (_, i) => sizeAt(w, x, i + 2));
  const target = a.given("output_size")
    ? a.perAxis("output_size", rank)
    : sizes.map((size, i) => Math.floor(size * (factors?.[i] ?? 1)));
  const attributes = resizing(mode, a.flag("align_corners"));
  // A factor that leaves a fraction moves the points that are read; sizes alone would not tell it.
  const uneven = factors?.some((factor, i) => factor * sizes[i]! !== target[i]) && !a.flag("align_corners");
  if (uneven && target.every((size, i) => size === Math.floor(sizes[i]! * factors![i]!))) {
    const scales = w.table([rank], "float", (i) => factors![i]!);
    return spread(w, x, rank, (y, axes) =>
      w.add("Resize", [y, undefined, scales], { ...attributes, axes: ints(axes) }),
    );
  }
  return spread(w, x, rank, (y, axes) =>
    w.add("Resize", [y, undefined, undefined, w.ints(target)], { ...attributes, axes: ints(axes) }),
  );
}

/** The engine interpolates two or three axes: a single one gets another of size 1 behind it. */
function spread(
  w: OnnxWriter,
  x: Operand,
  rank: number,
  compute: (x: Operand, axes: readonly number[]) => Operand,
): Operand {
  if (rank > 1)
    return compute(
      x,
      Array.from({ length: rank }, (_, i) => i + 2),
    );
  return squeeze(w, compute(unsqueeze(w, x, [3]), [2]), [3]);
}

const scaleNames = (rank: number) => (rank === 1 ? ["scales"] : ["scales_d", "scales_h", "scales_w"].slice(3 - rank));

/** Filters of the antialiasing forms over distances in source elements, and how far they reach. */
const filters = {
  linear: { reach: 1, at: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  cubic: { reach: 2, at: (x: number) => cubic(Math.abs(x)) },
} as const;

/** Keys' cubic with a = -1/2. */
function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** Antialiasing resampling of two axes: products with a matrix for each, whose rows are filters widened when shrinking. */
function resample(w: OnnxWriter, a: Arguments, mode: keyof typeof filters): Operand {
  const x = a.tensor(a.given("input") ? "input" : "self");
  const factors = factorsOf(a, 2);
  const sizes = [sizeAt(w, x, 2), sizeAt(w, x, 3)];
  const target = a.given("output_size")
    ? a.perAxis("output_size", 2)
    : sizes.map((size, i) => Math.floor(size * (factors?.[i] ?? 1)));
  const [rows, columns] = sizes.map((size, i) => {
    const corners = a.flag("align_corners") && target[i]! > 1;
    const step = corners ? (size - 1) / (target[i]! - 1) : factors ? 1 / factors[i]! : size / target[i]!;
    return filterMatrix(w, size, target[i]!, step, mode);
  });
  return w.add("MatMul", [w.add("MatMul", [rows, x]), swapped(w, columns!, 0, 1)]);
}

/** `count` × `size`: the weight of each source element in each result, as PyTorch's `_upsample_*_aa` has it. */
function filterMatrix(w: OnnxWriter, size: number, count: number, step: number, mode: keyof typeof filters): Operand {
  const { reach, at } = filters[mode];
  const width = Math.max(step, 1);
  const weights = (row: number) => {
    const centre = step * (row + 0.5);
    const from = Math.max(0, Math.trunc(centre - reach * width + 0.5));
    const to = Math.min(size, Math.trunc(centre + reach * width + 0.5));
    const list = Array.from({ length: Math.max(0, to - from) }, (_, k) => at((k + from - centre + 0.5) / width));
    const sum = list.reduce((total, each) => total + each, 0);
    return { from, list: list.map((each) => each / sum) };
  };
  let [row, current] = [-1, weights(0)];
  return w.table([count, size], "float", (position) => {
    const index = Math.floor(position / size);
    if (index !== row) [row, current] = [index, weights(index)];
    return current.list[(position % size) - current.from] ?? 0;
  });
}

/** Both forms of an operator: by factors or size, and by size with the factors it came from. */
function upsampling(name: string, rank: number, corners: boolean, lower: Operator["lower"]): Operator {
  const align = corners ? ", bool align_corners" : "";
  const scales = scaleNames(rank)
    .map((scale) => `, float? ${scale}=None`)
    .join("");
  return operator(
    [
      `${name}.vec(Tensor input, int[]? output_size${align}, float[]? scale_factors)`,
      `${name}(Tensor self, int[] output_size${align}${scales})`,
    ],
    lower,
  );
}

function interpolation(name: string, rank: number, mode: Mode): Operator {
  return upsampling(name, rank, !mode.startsWith("nearest"), (w, a) => resize(w, a, rank, mode));
}

const interpolations: readonly Attribute[] = ["linear", "nearest", "cubic"].map(text);
const paddings: readonly Attribute[] = ["zeros", "border", "reflection"].map(text);

/** Images made larger and smaller, and sampled at given points. */
export const resizingOperators: readonly Operator[] = [
  ...[1, 2, 3].map((rank) => interpolation(`upsample_nearest${rank}d`, rank, "nearest")),
  ...[1, 2, 3].map((rank) => interpolation(`_upsample_nearest_exact${rank}d`, rank, "nearest-exact")),
  interpolation("upsample_linear1d", 1, "linear"),
  interpolation("upsample_bilinear2d", 2, "linear"),
  interpolation("upsample_trilinear3d", 3, "linear"),
  interpolation("upsample_bicubic2d", 2, "cubic"),
  upsampling("_upsample_bilinear2d_aa", 2, true, (w, a) => resample(w, a, "linear")),
  upsampling("_upsample_bicubic2d_aa", 2, true, (w, a) => resample(w, a, "cubic")),
  operator(
    [
      "grid_sampler_2d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners)",
      "grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners)",
    ],
    (w, a) => {
      const [mode, padding] = [interpolations[a.number("interpolation_mode")], paddings[a.number("padding_mode")]];
      if (!mode || !padding) throw w.badArgument("its mode is unknown");
      const attributes = { mode, padding_mode: padding, align_corners: int(a.flag("align_corners") ? 1 : 0) };
      return w.add("GridSample", [a.tensor("input"), a.tensor("grid")], attributes);
    },
  ),
];
