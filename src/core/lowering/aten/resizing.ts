import { float, int, ints, text } from "../../graph/attributes.ts";
import type { Attribute } from "../../graph/graph.ts";
import type { Arguments } from "./arguments.ts";
import { sizeAt, squeeze, unsqueeze } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

type Mode = "nearest" | "nearest-exact" | "linear" | "cubic";

/** How ONNX `Resize` must be told to compute what PyTorch does. */
function resizing(mode: Mode, alignCorners: boolean, antialias: boolean): Record<string, Attribute> {
  const coordinates = mode === "nearest" ? "asymmetric" : alignCorners ? "align_corners" : "half_pixel";
  return {
    mode: text(mode.startsWith("nearest") ? "nearest" : mode),
    coordinate_transformation_mode: text(coordinates),
    ...(mode === "nearest" && { nearest_mode: text("floor") }),
    ...(mode === "nearest-exact" && { nearest_mode: text("round_prefer_ceil") }),
    ...(mode === "cubic" && { cubic_coeff_a: float(antialias ? -0.5 : -0.75) }),
    ...(antialias && { antialias: int(1) }),
  };
}

/** A factor for each axis where the call names factors; their sizes are rounded down. */
function factorsOf(a: Arguments, rank: number): number[] | undefined {
  if (a.given("scale_factors")) return a.perAxis("scale_factors", rank);
  const names = rank === 1 ? ["scales"] : ["scales_d", "scales_h", "scales_w"].slice(3 - rank);
  return names.every((name) => a.given(name)) ? names.map((name) => a.number(name)) : undefined;
}

function resize(w: OnnxWriter, a: Arguments, rank: number, mode: Mode, antialias = false): Operand {
  const x = a.tensor(a.given("input") ? "input" : "self");
  const factors = factorsOf(a, rank);
  const sizes = Array.from({ length: rank }, (_, i) => sizeAt(w, x, i + 2));
  const target = a.given("output_size")
    ? a.perAxis("output_size", rank)
    : sizes.map((size, i) => Math.floor(size * (factors?.[i] ?? 1)));
  const attributes = resizing(mode, a.flag("align_corners"), antialias);
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

/** Both forms of an operator: by factors or size, and by size with the factors it came from. */
function upsampling(name: string, rank: number, mode: Mode, corners: boolean, antialias = false): Operator {
  const align = corners ? ", bool align_corners" : "";
  const scales = scaleNames(rank)
    .map((scale) => `, float? ${scale}=None`)
    .join("");
  return operator(
    [
      `${name}.vec(Tensor input, int[]? output_size${align}, float[]? scale_factors)`,
      `${name}(Tensor self, int[] output_size${align}${scales})`,
    ],
    (w, a) => resize(w, a, rank, mode, antialias),
  );
}

const interpolations: readonly Attribute[] = ["linear", "nearest", "cubic"].map(text);
const paddings: readonly Attribute[] = ["zeros", "border", "reflection"].map(text);

/** Images made larger and smaller, and sampled at given points. */
export const resizingOperators: readonly Operator[] = [
  ...[1, 2, 3].map((rank) => upsampling(`upsample_nearest${rank}d`, rank, "nearest", false)),
  ...[1, 2, 3].map((rank) => upsampling(`_upsample_nearest_exact${rank}d`, rank, "nearest-exact", false)),
  upsampling("upsample_linear1d", 1, "linear", true),
  upsampling("upsample_bilinear2d", 2, "linear", true),
  upsampling("upsample_trilinear3d", 3, "linear", true),
  upsampling("upsample_bicubic2d", 2, "cubic", true),
  upsampling("_upsample_bilinear2d_aa", 2, "linear", true, true),
  upsampling("_upsample_bicubic2d_aa", 2, "cubic", true, true),
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
