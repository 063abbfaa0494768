import { test } from "node:test";
import type { Attribute, Program } from "../../../../src/core/graph/graph.ts";
import { float32Tensor, int64Tensor } from "../../../../src/core/graph/tensor.ts";
import { upgrade } from "../../../../src/core/graph/upgrade.ts";
import { float, floats, int, ints, numbers, string, value } from "../../../fixtures/onnxPrograms.ts";
import { equivalent, refused, same, single } from "../../../fixtures/upgrading.ts";

test("Resize and Upsample find the same positions", async () => {
  const x = numbers([1, 2, 6, 7]);
  const shape = [1, 2, 6, 7];
  for (const mode of ["nearest", "linear"]) {
    for (const scales of [
      [1, 1, 2, 2],
      [1, 1, 1.7, 2.3],
      [1, 1, 0.6, 0.5],
      [1, 1, 0.6, 1.9],
      [1, 1, 2.5, 0.4],
    ]) {
      const constants = { scales: float32Tensor([4], scales) };
      const program = single(10, "Resize", { mode: string(mode) }, shape, { constants });
      await same(program, [x], `Resize 10 ${mode} ${scales}`);
      const fed: Program = {
        ...program,
        graph: { ...program.graph, initializers: new Map(), inputs: [...program.graph.inputs, value("scales", [4])] },
      };
      await same(fed, [x, constants.scales], `Resize 10 ${mode} ${scales}, fed`);
      if (scales.some((scale) => scale < 1)) continue;
      await same(
        single(9, "Upsample", { mode: string(mode) }, shape, { constants }),
        [x],
        `Upsample 9 ${mode} ${scales}`,
      );
      await same(
        single(8, "Upsample", { mode: string(mode), scales: floats(...scales) }, shape),
        [x],
        `Upsample 7 ${mode} ${scales}`,
      );
    }
  }
  await equivalent(
    single(6, "Upsample", { height_scale: float(2), width_scale: float(3), mode: string("bilinear") }, shape),
    single(8, "Upsample", { scales: floats(1, 1, 2, 3), mode: string("linear") }, shape),
    [x],
  );
});

test("Resize 11 keeps its ways to find positions, the removed one included", async () => {
  const x = numbers([1, 1, 6, 7]);
  const roi = float32Tensor([0], []);
  for (const coordinates of [
    "half_pixel",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_half_pixel_for_nn",
  ]) {
    for (const rounding of ["floor", "round_prefer_floor"]) {
      for (const scales of [
        [1, 1, 2, 3],
        [1, 1, 0.5, 0.4],
        [1, 1, 1.6, 0.7],
      ]) {
        const attributes = {
          mode: string("nearest"),
          nearest_mode: string(rounding),
          coordinate_transformation_mode: string(coordinates),
        };
        const label = `${coordinates} ${rounding} ${scales}`;
        const constants = { roi, scales: float32Tensor([4], scales) };
        await same(single(11, "Resize", attributes, [1, 1, 6, 7], { constants }), [x], label);
      }
    }
  }
  const constants = { roi, none: float32Tensor([0], []), sizes: int64Tensor([4], [1, 1, 9, 4]) };
  const bySize = { mode: string("linear"), coordinate_transformation_mode: string("align_corners") };
  await same(single(11, "Resize", bySize, [1, 1, 6, 7], { constants }), [x]);
  const linear = { mode: string("linear"), coordinate_transformation_mode: string("tf_half_pixel_for_nn") };
  const two = { roi, scales: float32Tensor([4], [1, 1, 2, 2]) };
  refused(
    () => upgrade(single(11, "Resize", linear, [1, 1, 6, 7], { constants: two })),
    /Resize "node".*tf_half_pixel/,
  );
});

test("Scatter, GridSample, RoiAlign, DFT and LpPool keep their meaning", async () => {
  const scatter = { indices: int64Tensor([1, 2], [1, 0]), updates: numbers([1, 2], 3) };
  await same(single(10, "Scatter", { axis: int(1) }, [3, 4], { constants: scatter }), [numbers([3, 4])]);
  for (const mode of ["bilinear", "nearest", "bicubic"]) {
    const constants = { grid: float32Tensor([1, 2, 2, 2], [-0.9, 0.1, 0.3, 0.4, 1.1, -0.2, 0, 0.77]) };
    await same(
      single(16, "GridSample", { mode: string(mode) }, [1, 1, 4, 5], { constants }),
      [numbers([1, 1, 4, 5])],
      mode,
    );
  }
  const rois = { rois: float32Tensor([1, 4], [0.4, 0.7, 3.1, 3.3]), indices: int64Tensor([1], [0]) };
  const region = { output_height: int(2), output_width: int(3), sampling_ratio: int(2) };
  await same(single(10, "RoiAlign", region, [1, 2, 6, 6], { constants: rois }), [numbers([1, 2, 6, 6])]);
  await same(single(17, "DFT", { axis: int(2) }, [1, 4, 8, 1]), [numbers([1, 4, 8, 1])]);
  await same(single(17, "DFT", {}, [1, 4, 8, 1]), [numbers([1, 4, 8, 1])]);
  const pool = { kernel_shape: ints(2, 2) };
  await equivalent(
    single(1, "LpPool", { ...pool, p: float(3) }, [1, 2, 4, 4]),
    single(11, "LpPool", { ...pool, p: int(3) }, [1, 2, 4, 4]),
    [numbers([1, 2, 4, 4])],
  );
  refused(() => upgrade(single(1, "LpPool", { ...pool, p: float(2.5) }, [1, 2, 4, 4])), /2\.5/);
});

test("operators that only ever were experiments become what they did", async () => {
  const x = numbers([1, 3, 5, 6]);
  const cases: [string, Record<string, Attribute>][] = [
    ["Affine", { alpha: float(0.5), beta: float(-1) }],
    ["ImageScaler", { scale: float(0.25), bias: floats(1, -2, 3) }],
    ["ScaledTanh", { alpha: float(1.7), beta: float(0.6) }],
    ["ParametricSoftplus", { alpha: float(1.7), beta: float(0.6) }],
    ["ThresholdedRelu", { alpha: float(0.4) }],
    ["Crop", { border: ints(1, 2, 0, 1) }],
    ["Crop", { border: ints(1, 2, 0, 0), scale: ints(2, 3) }],
    ["MeanVarianceNormalization", { across_channels: int(0), normalize_variance: int(1) }],
    ["MeanVarianceNormalization", { across_channels: int(1), normalize_variance: int(1) }],
    ["MeanVarianceNormalization", { across_channels: int(1), normalize_variance: int(0) }],
  ];
  for (const [op, attributes] of cases) {
    await same(single(8, op, attributes, [1, 3, 5, 6]), [x], `${op} ${JSON.stringify(attributes)}`);
  }
  const constants = {
    starts: int64Tensor([2], [1, 2]),
    ends: int64Tensor([2], [3, 9]),
    axes: int64Tensor([2], [1, 3]),
  };
  await same(single(9, "DynamicSlice", {}, [1, 3, 5, 6], { constants }), [x]);
});
