import { Failure } from "../../failure.ts";
import type { Argument } from "../../formats/keras/inboundNodes.ts";
import type { Layer } from "../../formats/keras/model.ts";
import type { Json, Settings } from "../../formats/keras/settings.ts";
import { shapeText } from "../../formats/storedArray.ts";
import { int, ints } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Dim } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Kinds } from "./layerKind.ts";
import { inKerasOrder, type KerasValue, withChannelsFirst } from "./value.ts";

/** An argument of a call whose tensors are values of the graph. */
export type CallArgument =
  | { readonly kind: "tensor"; readonly value: KerasValue }
  | { readonly kind: "list"; readonly items: readonly CallArgument[] }
  | Extract<Argument, { kind: "constant" }>;

/** What all layers of one program share. */
export interface ProgramContext {
  readonly builder: GraphBuilder;
  /** By full name: `model/layer/kernel`. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** 2 or 3: a few defaults and formulas differ. */
  readonly kerasVersion: number;
  readonly kinds: Kinds;
  /** The same value in the other form, by its name: nothing is transposed twice, nor back. */
  readonly otherForm: Map<string, string>;
}

/** One call of a layer while it is written down. */
export class LayerCall {
  readonly context: ProgramContext;
  readonly builder: GraphBuilder;
  readonly layer: Layer;
  readonly settings: Settings;
  /** Names of the models and layers around it, and its own, joined by `/`. */
  readonly path: string;
  readonly arguments: readonly CallArgument[];
  readonly named: ReadonlyMap<string, CallArgument>;

  constructor(
    context: ProgramContext,
    layer: Layer,
    path: string,
    args: readonly CallArgument[],
    named: ReadonlyMap<string, CallArgument> = new Map(),
  ) {
    this.context = context;
    this.builder = context.builder;
    this.layer = layer;
    this.settings = layer.settings;
    this.path = path;
    this.arguments = args;
    this.named = named;
  }

  /** The tensors that the layer was called with, those in lists included, in order. */
  get inputs(): readonly KerasValue[] {
    return this.arguments.flatMap(tensorsOf);
  }

  /** The only tensor, or the first. @throws Failure `keras/bad-config` where there is none */
  get input(): KerasValue {
    return this.inputs[0] ?? this.refuseInput("nothing");
  }

  /** A constant that the layer was called with under a name. */
  option(name: string): Json | undefined {
    const found = this.named.get(name);
    return found?.kind === "constant" ? (found.value ?? undefined) : undefined;
  }

  /** Whether a weight is there. */
  hasWeight(name: string): boolean {
    return this.context.weights.has(`${this.path}/${name}`);
  }

  /**
   * A weight, as Keras stores it, as a value of the graph.
   * @param shape that the layer's settings and input ask for; `undefined` for a size that may be any
   * @throws Failure `keras/weight-shape`, `keras/missing-weights`
   */
  weight(name: string, shape: readonly (number | undefined)[]): string {
    const full = `${this.path}/${name}`;
    const tensor = this.context.weights.get(full);
    if (!tensor) throw new Failure("keras/missing-weights", `The file has no weight "${full}".`);
    const fits =
      shape.length === tensor.shape.length &&
      shape.every((size, i) => size === (tensor.shape[i] ?? size) || size === undefined);
    if (!fits) {
      throw new Failure(
        "keras/weight-shape",
        `The weight "${full}" is ${shapeText(tensor.shape)}, but its layer takes ${shapeText(shape)}.`,
        { hint: "Weights and architecture are of two different models." },
      );
    }
    return this.builder.weight(full, tensor);
  }

  /** Sizes of a value as Keras counts its axes, samples' axis first. */
  shape({ value, moved }: KerasValue): readonly Dim[] {
    const [samples, channels, ...rest] = this.builder.shapeOf(value);
    return moved ? [samples, ...rest, channels] : this.builder.shapeOf(value);
  }

  /** Sizes of one sample, as Keras counts. @throws Failure `keras/unknown-size` where they depend on the samples */
  sizes(value: KerasValue): readonly number[] {
    const sizes = this.shape(value).slice(1);
    if (!sizes.every((size) => typeof size === "number")) {
      throw new Failure(
        "keras/unknown-size",
        `Layer "${this.path}" takes ${shapeText(sizes)}, of which sizes are unknown.`,
      );
    }
    return sizes;
  }

  /** An axis behind that of the samples, counted from 0. @throws Failure `keras/bad-config` where there is no such axis */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(positive) || positive < 1 || positive >= rank) {
      throw this.refuseInput(`an axis ${axis} of ${rank}, the first of which is that of the samples`);
    }
    return positive;
  }

  /** A value with its axes in the order of Keras. */
  kerasOrder(value: KerasValue): string {
    return inKerasOrder(this.context, value);
  }

  /** A value of at least three axes with the last one, as Keras counts, at place 1. */
  channelsFirst(value: KerasValue): string {
    return withChannelsFirst(this.context, value);
  }

  /** Values of one rank in one form: channels first where any is, so that what is made of them can stay so. */
  alike(values: readonly KerasValue[]): { readonly values: readonly string[]; readonly moved: boolean } {
    const moved = values.some((each) => each.moved) && values.every((each) => this.shape(each).length >= 3);
    return { values: values.map((each) => (moved ? this.channelsFirst(each) : this.kerasOrder(each))), moved };
  }

  /** Adds an operator on values of the graph. */
  readonly add: GraphBuilder["add"] = (...args) => this.builder.add(...args);

  /** Sum over axes, and its like. */
  reduce(op: string, value: string, axes: readonly number[], keep: boolean): string {
    return this.add(op, [value, this.builder.ints(axes)], { keepdims: int(keep ? 1 : 0) });
  }

  /** A value under another shape: 0 keeps a size, −1 is what is left. */
  reshape(value: string, shape: readonly number[]): string {
    return this.add("Reshape", [value, this.builder.ints(shape)]);
  }

  transpose(value: string, axes: readonly number[]): string {
    return this.add("Transpose", [value], { perm: ints(axes) });
  }

  /** Positions `starts … ends − 1` along axes of the graph. */
  slice(value: string, starts: readonly number[], ends: readonly number[], axes: readonly number[]): string {
    return this.add("Slice", [value, ...[starts, ends, axes].map((list) => this.builder.ints(list))]);
  }

  /** One number as a value of the graph, as often as a shape asks for. */
  filled(value: number, shape: readonly number[]): string {
    return this.add("Expand", [this.builder.floats(value), this.builder.ints(shape)]);
  }

  /** @throws Failure `keras/unsupported-layer` for what a known layer was told to do and cannot here */
  unsupported(what: string): Failure {
    return new Failure(
      "keras/unsupported-layer",
      `Layer "${this.path}" (${this.layer.className}) ${what}, which cannot be run here.`,
      { hint: "Export the model to ONNX where it was made; its weights can be compared as they are." },
    );
  }

  refuseInput(what: string): never {
    throw new Failure("keras/bad-config", `Layer "${this.path}" (${this.layer.className}) is given ${what}.`);
  }
}

function tensorsOf(argument: CallArgument): readonly KerasValue[] {
  if (argument.kind === "tensor") return [argument.value];
  return argument.kind === "list" ? argument.items.flatMap(tensorsOf) : [];
}
