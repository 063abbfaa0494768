import { describe, test } from "node:test";
import type { Attribute, Dim } from "../../../../../src/core/graph/graph.ts";
import { float32Tensor, int64Tensor } from "../../../../../src/core/graph/tensor.ts";
import { checkGradient, single } from "../../../../fixtures/finiteDifferences.ts";
import { float, int, ints, numbers, string } from "../../../../fixtures/onnxPrograms.ts";

type Attributes = Readonly<Record<string, Attribute>>;

/** Samples × channels × space, filters, attributes. */
const convolutions: readonly (readonly [string, readonly number[], readonly number[], Attributes])[] = [
  ["plain", [2, 4, 5], [3, 2, 3, 3], {}],
  ["padded", [2, 4, 4], [3, 2, 3, 3], { pads: ints(1, 1, 1, 1) }],
  ["padded unevenly", [2, 4, 4], [3, 2, 3, 2], { pads: ints(1, 0, 2, 1) }],
  ["padded by more than the kernel", [2, 3, 3], [3, 2, 2, 2], { pads: ints(2, 2, 2, 2) }],
  ["of one element", [3, 3, 3], [2, 3, 1, 1], {}],
  ["of one element, strided", [3, 4, 5], [2, 3, 1, 1], { strides: ints(2, 2) }],
  ["strided", [2, 5, 6], [3, 2, 3, 3], { strides: ints(2, 2), pads: ints(1, 1, 1, 1) }],
  ["strided over a small map", [2, 4, 6], [3, 2, 3, 3], { strides: ints(2, 2), pads: ints(1, 1, 1, 1) }],
  ["strided over a small map, evenly", [2, 4, 4], [3, 2, 2, 4], { strides: ints(2, 2), pads: ints(0, 1, 0, 1) }],
  ["strided beyond the kernel", [2, 7, 8], [3, 2, 2, 2], { strides: ints(3, 3) }],
  ["strided along one axis", [2, 4, 5], [3, 2, 3, 3], { strides: ints(2, 1), pads: ints(1, 1, 1, 1) }],
  ["dilated", [2, 6, 6], [3, 2, 2, 3], { dilations: ints(2, 2), pads: ints(1, 1, 1, 1) }],
  ["dilated and strided", [2, 7, 6], [3, 2, 2, 2], { dilations: ints(2, 3), strides: ints(2, 2) }],
  ["in groups", [4, 4, 4], [6, 2, 3, 3], { group: int(2), pads: ints(1, 1, 1, 1) }],
  ["in groups, strided", [4, 5, 5], [6, 2, 3, 3], { group: int(2), strides: ints(2, 2) }],
  ["depthwise", [3, 4, 4], [3, 1, 3, 3], { group: int(3), pads: ints(1, 1, 1, 1) }],
  ["depthwise, strided", [3, 4, 4], [3, 1, 3, 3], { group: int(3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) }],
  ["SAME_UPPER", [2, 5, 6], [3, 2, 3, 2], { auto_pad: string("SAME_UPPER"), strides: ints(2, 2) }],
  ["SAME_LOWER", [2, 5, 6], [3, 2, 3, 2], { auto_pad: string("SAME_LOWER"), strides: ints(2, 2) }],
  ["VALID", [2, 5, 6], [3, 2, 3, 2], { auto_pad: string("VALID") }],
  ["over a series", [2, 7], [3, 2, 3], { strides: ints(2), pads: ints(1, 1) }],
  ["over a series, stride 1", [2, 7], [3, 2, 3], { pads: ints(1, 1) }],
  ["over a volume", [2, 3, 4, 3], [2, 2, 2, 3, 2], { strides: ints(1, 2, 1) }],
  ["over a volume, stride 1", [2, 3, 4, 3], [2, 2, 2, 3, 2], {}],
];

const transposed: readonly (readonly [string, readonly number[], readonly number[], Attributes])[] = [
  ["plain", [2, 3, 3], [2, 3, 3, 3], {}],
  ["strided", [2, 3, 4], [2, 3, 3, 3], { strides: ints(2, 2), pads: ints(1, 1, 1, 1) }],
  ["with output padding", [2, 3, 3], [2, 3, 3, 3], { strides: ints(2, 2), output_padding: ints(1, 1) }],
  ["in groups", [4, 3, 3], [4, 2, 2, 2], { group: int(2), strides: ints(2, 2) }],
  ["dilated", [2, 3, 3], [2, 3, 2, 2], { dilations: ints(2, 2) }],
  ["SAME_UPPER", [2, 3, 3], [2, 3, 3, 3], { auto_pad: string("SAME_UPPER"), strides: ints(2, 2) }],
  ["of a given shape", [2, 3, 3], [2, 3, 3, 3], { output_shape: ints(6, 6), strides: ints(2, 2) }],
  ["over a series", [2, 5], [2, 3, 4], { strides: ints(2), pads: ints(1, 1) }],
];

describe("gradients of convolutions", () => {
  for (const [op, cases] of [
    ["Conv", convolutions],
    ["ConvTranspose", transposed],
  ] as const) {
    for (const [title, sample, filters, attributes] of cases) {
      test(`${op} ${title}`, async (t) => {
        const shape: readonly Dim[] = ["batch", ...sample];
        // Constant filters are turned around in float32, the type in which the runtime convolves.
        const constant = { ...single(op, shape, attributes, { w: numbers(filters) }), precision: "float32" as const };
        t.diagnostic(await checkGradient(constant));
        const channels =
          op === "Conv" ? filters[0]! : filters[1]! * ((attributes.group?.value as number | undefined) ?? 1);
        const all = single(op, shape, attributes, { w: numbers(filters), b: numbers([channels], 2) });
        t.diagnostic(await checkGradient({ ...all, withRespectTo: ["x", "w", "b"], profiles: ["cpu"] }));
      });
    }
  }
});

const windows: readonly (readonly [string, readonly number[], Attributes])[] = [
  ["that tile", [2, 4, 6], { kernel_shape: ints(2, 3), strides: ints(2, 3) }],
  ["that tile, with a rest", [2, 5, 7], { kernel_shape: ints(2, 2), strides: ints(2, 2) }],
  ["that overlap", [2, 5, 6], { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) }],
  ["at stride 1", [2, 4, 4], { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }],
  ["without padding", [2, 5, 6], { kernel_shape: ints(3, 2), strides: ints(2, 1) }],
  ["rounded up", [2, 6, 6], { kernel_shape: ints(3, 3), strides: ints(2, 2), ceil_mode: int(1) }],
  [
    "rounded up, padded",
    [2, 6, 5],
    { kernel_shape: ints(3, 3), strides: ints(2, 2), ceil_mode: int(1), pads: ints(1, 1, 1, 1) },
  ],
  ["dilated", [2, 6, 6], { kernel_shape: ints(2, 2), dilations: ints(2, 2) }],
  ["SAME_UPPER", [2, 5, 5], { kernel_shape: ints(3, 3), strides: ints(2, 2), auto_pad: string("SAME_UPPER") }],
  ["over a series", [2, 7], { kernel_shape: ints(3), strides: ints(2) }],
  ["over a volume", [1, 4, 4, 4], { kernel_shape: ints(2, 2, 2), strides: ints(2, 2, 2) }],
];

describe("gradients of poolings", () => {
  for (const [title, sample, attributes] of windows) {
    const shape: readonly Dim[] = ["batch", ...sample];
    for (const op of ["MaxPool", "AveragePool", "LpPool"]) {
      test(`${op} of windows ${title}`, async (t) => {
        t.diagnostic(await checkGradient(single(op, shape, attributes)));
      });
    }
    test(`AveragePool of windows ${title}, with padding counted`, async (t) => {
      t.diagnostic(await checkGradient(single("AveragePool", shape, { ...attributes, count_include_pad: int(1) })));
    });
  }

  for (const op of ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"]) {
    test(op, async (t) => {
      t.diagnostic(await checkGradient(single(op, ["batch", 3, 2, 3])));
    });
  }

  test("LpPool with p = 3", async (t) => {
    const attributes = { p: int(3), kernel_shape: ints(2, 2), strides: ints(1, 1) };
    t.diagnostic(await checkGradient(single("LpPool", ["batch", 2, 3, 4], attributes)));
  });
});

describe("gradients of images taken to other sizes", () => {
  const sizes: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ["twice", [3, 4], [6, 8]],
    ["up", [3, 4], [5, 7]],
    ["down", [6, 5], [4, 3]],
  ];
  for (const [title, from, to] of sizes) {
    for (const mode of ["nearest", "linear", "cubic"]) {
      for (const coordinates of ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"]) {
        test(`Resize ${title}, ${mode}, ${coordinates}`, async (t) => {
          const attributes = {
            mode: string(mode),
            coordinate_transformation_mode: string(coordinates),
            nearest_mode: string(coordinates === "asymmetric" ? "floor" : "round_prefer_floor"),
            cubic_coeff_a: float(-0.75),
            axes: ints(2, 3),
          };
          const others = { roi: float32Tensor([0], []), scales: float32Tensor([0], []), sizes: int64Tensor([2], to) };
          const resize = single("Resize", ["batch", 2, ...from], attributes, others);
          t.diagnostic(await checkGradient({ ...resize, precision: "float32" }));
        });
      }
    }
  }
});
