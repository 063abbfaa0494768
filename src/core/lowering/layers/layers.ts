import { Failure } from "../../failure.ts";
import { float, int, ints, text } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import { poolingMatrix } from "./adaptivePooling.ts";
import type { ExpectedShape, Parameters } from "./parameters.ts";

/** One number for height and width, or one for each. */
export type Pair = number | readonly [number, number];

export interface Convolution {
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
  /** Whether it has a bias; told by the weights where not given. */
  readonly bias?: boolean;
  /** Filters that there must be, where the network fixes them. */
  readonly out?: number;
  /** Size that the filters must have, where the network fixes it. */
  readonly kernel?: Pair;
}

export interface Pooling {
  readonly kernel: Pair;
  /** The kernel's size where not given. */
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly ceil?: boolean;
}

/**
 * Layers as PyTorch defines them, in evaluation mode. The first argument of each is the name of its module within the module
 * that the builder is in: parameters are `<path>.weight` and so on, taps are called after it. An empty name is a function
 * that the module itself calls (`F.relu`). Images are batch × channels × height × width.
 *
 * Every layer throws Failure `architecture/missing-weight`, `architecture/weight-shape` or `architecture/weight-type`, which
 * name the parameter, and `onnx/shape-mismatch` where its input is of no use to it.
 */
export class Layers {
  readonly builder: GraphBuilder;
  readonly parameters: Parameters;

  constructor(builder: GraphBuilder, parameters: Parameters) {
    this.builder = builder;
    this.parameters = parameters;
  }

  /** Runs `build` in a module of this name; an empty one is the module around it. */
  within<T>(name: string, build: () => T): T {
    return this.builder.within(name, build);
  }

  /** The whole path of a parameter (or module) of the module that the builder is in. */
  path(name: string): string {
    const { module } = this.builder;
    return module === "" || name === "" ? module + name : `${module}.${name}`;
  }

  /** Whether the weight set has a parameter of this name in the module that the builder is in. */
  has(name: string): boolean {
    return this.parameters.has(this.path(name));
  }

  /** A parameter of the module that the builder is in, as a value. */
  parameter(name: string, expected: ExpectedShape): string {
    const path = this.path(name);
    return this.builder.weight(path, this.parameters.take(path, expected));
  }

  /** A size of a value. @throws Failure `graph/unknown-shape` where it depends on the samples. */
  size(x: string, axis: number): number {
    const size = this.builder.shapeOf(x).at(axis);
    if (typeof size === "number") return size;
    throw new Failure("graph/unknown-shape", `Axis ${axis} of ${x} is of no fixed size.`);
  }

  /** `Conv2d`, zero-padded. */
  conv2d(name: string, x: string, options: Convolution = {}): string {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
    return this.within(name, () => {
      const [high, wide] = options.kernel === undefined ? [undefined, undefined] : pair(options.kernel);
      const weight = this.parameter("weight", [options.out, this.size(x, 1) / groups, high, wide]);
      const [out = 0, , ...kernel] = this.builder.tensorOf(weight)?.shape ?? [];
      if (!Number.isInteger(groups) || out % groups !== 0) {
        throw new Failure("architecture/weight-shape", `The ${out} filters of ${weight} are not ${groups} groups.`);
      }
      const bias = options.bias ?? this.has("bias");
      return this.builder.add("Conv", [x, weight, ...(bias ? [this.parameter("bias", [out])] : [])], {
        kernel_shape: ints(kernel),
        strides: ints(pair(stride)),
        pads: ints([...pair(padding), ...pair(padding)]),
        dilations: ints(pair(dilation)),
        group: int(groups),
      });
    });
  }

  /** `BatchNorm1d`, `BatchNorm2d` with their running statistics: normalises axis 1. */
  batchNorm(name: string, x: string, eps = 1e-5): string {
    return this.within(name, () => {
      const shape = [this.size(x, 1)];
      const parameters = ["weight", "bias", "running_mean", "running_var"].map((each) => this.parameter(each, shape));
      return this.builder.add("BatchNormalization", [x, ...parameters], { epsilon: float(eps) });
    });
  }

  /** `LayerNorm` over the last axis. Its bias may be missing (`bias=False`). */
  layerNorm(name: string, x: string, eps = 1e-5): string {
    return this.within(name, () => {
      const shape = [this.size(x, -1)];
      const scale = this.parameter("weight", shape);
      const bias = this.has("bias") ? [this.parameter("bias", shape)] : [];
      return this.builder.add("LayerNormalization", [x, scale, ...bias], { axis: int(-1), epsilon: float(eps) });
    });
  }

  /**
   * `Linear` over the last axis.
   * @param options.bias told by the weights where not given. @param options.out features that there must be, if any.
   */
  linear(name: string, x: string, options: { readonly bias?: boolean; readonly out?: number } = {}): string {
    return this.within(name, () => {
      const weight = this.parameter("weight", [options.out, this.size(x, -1)]);
      const bias = options.bias ?? this.has("bias");
      const out = this.builder.tensorOf(weight)?.shape[0];
      return this.affine(x, weight, bias ? this.parameter("bias", [out]) : undefined);
    });
  }

  /** x Wᵀ + b, `F.linear`. @param weight a value of two axes, outputs first. */
  affine(x: string, weight: string, bias: string | undefined): string {
    if (this.builder.shapeOf(x).length === 2) {
      return this.builder.add("Gemm", [x, weight, ...(bias === undefined ? [] : [bias])], { transB: int(1) });
    }
    // Turned by the engine, once, when it loads: the parameter keeps its own name and its place in the file.
    const turned = this.builder.add("Transpose", [weight], { perm: ints([1, 0]) });
    const product = this.builder.add("MatMul", [x, turned]);
    return bias === undefined ? product : this.builder.add("Add", [product, bias]);
  }

  relu(name: string, x: string): string {
    return this.within(name, () => this.builder.add("Relu", [x]));
  }

  relu6(name: string, x: string): string {
    return this.within(name, () => this.builder.add("Clip", [x, this.builder.floats(0), this.builder.floats(6)]));
  }

  /** @param approximate as PyTorch's: with the error function, or with tanh. */
  gelu(name: string, x: string, approximate: "none" | "tanh" = "none"): string {
    return this.within(name, () => this.builder.add("Gelu", [x], { approximate: text(approximate) }));
  }

  silu(name: string, x: string): string {
    return this.within(name, () => this.builder.add("Mul", [x, this.builder.add("Sigmoid", [x])]));
  }

  sigmoid(name: string, x: string): string {
    return this.within(name, () => this.builder.add("Sigmoid", [x]));
  }

  tanh(name: string, x: string): string {
    return this.within(name, () => this.builder.add("Tanh", [x]));
  }

  hardswish(name: string, x: string): string {
    return this.within(name, () => this.builder.add("HardSwish", [x]));
  }

  hardsigmoid(name: string, x: string): string {
    return this.within(name, () => this.builder.add("HardSigmoid", [x], { alpha: float(1 / 6), beta: float(0.5) }));
  }

  leakyRelu(name: string, x: string, slope = 0.01): string {
    return this.within(name, () => this.builder.add("LeakyRelu", [x], { alpha: float(slope) }));
  }

  softmax(name: string, x: string, axis = -1): string {
    return this.within(name, () => this.builder.add("Softmax", [x], { axis: int(axis) }));
  }

  maxPool(name: string, x: string, window: Pooling): string {
    return this.within(name, () => this.builder.add("MaxPool", [x], windowOf(window)));
  }

  /** `AvgPool2d`; zeros of the padding are counted, as PyTorch does unless told otherwise. */
  avgPool(name: string, x: string, window: Omit<Pooling, "ceil">): string {
    return this.within(name, () =>
      this.builder.add("AveragePool", [x], { ...windowOf(window), count_include_pad: int(1) }),
    );
  }

  /** `AdaptiveAvgPool2d`, from images of any size, smaller ones too. */
  adaptiveAvgPool(name: string, x: string, size: Pair = 1): string {
    const [high, wide] = pair(size);
    return this.within(name, () => {
      if (high === 1 && wide === 1) return this.builder.add("GlobalAveragePool", [x]);
      const [height, width] = [this.size(x, 2), this.size(x, 3)];
      if (height % high === 0 && width % wide === 0) {
        return this.builder.add("AveragePool", [x], windowOf({ kernel: [height / high, width / wide] }));
      }
      const rows = this.builder.constant(poolingMatrix(height, high, false));
      const columns = this.builder.constant(poolingMatrix(width, wide, true));
      return this.builder.add("MatMul", [this.builder.add("MatMul", [rows, x]), columns]);
    });
  }

  /** All axes behind the samples' made one. */
  flatten(x: string): string {
    return this.builder.add("Flatten", [x], { axis: int(1) });
  }

  /** @param shape 0 keeps a size, one −1 takes what is left. */
  reshape(x: string, shape: readonly number[]): string {
    return this.builder.add("Reshape", [x, this.builder.ints(shape)]);
  }

  /** `torch.permute`. */
  permute(x: string, axes: readonly number[]): string {
    return this.builder.add("Transpose", [x], { perm: ints(axes) });
  }

  /** Means over axes, which are dropped. */
  mean(x: string, axes: readonly number[]): string {
    return this.builder.add("ReduceMean", [x, this.builder.ints(axes)], { keepdims: int(0) });
  }

  /** Elements `start … end − 1` of an axis. */
  slice(x: string, axis: number, start: number, end: number): string {
    return this.builder.add("Slice", [x, ...[[start], [end], [axis]].map((each) => this.builder.ints(each))]);
  }

  concat(values: readonly string[], axis = 1): string {
    return this.builder.add("Concat", values, { axis: int(axis) });
  }

  add(a: string, b: string): string {
    return this.builder.add("Add", [a, b]);
  }

  mul(a: string, b: string): string {
    return this.builder.add("Mul", [a, b]);
  }
}

function pair(value: Pair): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

function windowOf({ kernel, stride = kernel, padding = 0, ceil = false }: Pooling) {
  return {
    kernel_shape: ints(pair(kernel)),
    strides: ints(pair(stride)),
    pads: ints([...pair(padding), ...pair(padding)]),
    ceil_mode: int(ceil ? 1 : 0),
  };
}
