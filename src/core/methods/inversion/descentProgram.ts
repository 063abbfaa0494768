import { ints } from "../../graph/attributes.ts";
import { withEarlyChoice } from "../../graph/earlyChoice.ts";
import type { GradientProfile } from "../../graph/gradient/profile.ts";
import { withGradient } from "../../graph/gradient/withGradient.ts";
import { type Dim, makeNode, type Node, type Program, type ValueInfo } from "../../graph/graph.ts";
import { withOutputs } from "../../graph/prune.ts";
import { withSmallMaps } from "../../graph/smallMaps.ts";
import type { Tap } from "../../graph/tap.ts";
import { float32Tensor, int64Tensor, type Tensor } from "../../graph/tensor.ts";
import type { LayoutConversion } from "../../probe/layout.ts";
import type { Normalisation } from "../../probe/preprocessing.ts";
import type { Rectifier } from "./presets.ts";

/** What a descent asks of a network, as a program. */
export interface DescentProgram {
  readonly program: Program;
  /** Inputs: pixels in [0, 1] in the model's layout, n × its sample; the representations to reach, n × the tap's width. */
  readonly pixels: string;
  readonly target: string;
  /** Outputs: ‖Rep(x) − target‖₂ / ‖target‖₂ of each image, n × 1, and its gradient with respect to the pixels. */
  readonly residual: string;
  readonly gradient: string;
  /** Output: Rep(x) − target, n × the tap's width. */
  readonly difference: string;
  /** What a person should know of the gradient, in sentences. */
  readonly notices: readonly string[];
}

/** A network and where it is read. */
export interface Inverted {
  readonly program: Program;
  readonly input: ValueInfo;
  readonly conversion: LayoutConversion;
  readonly normalisation: Normalisation;
  readonly tap: Tap;
  readonly batch: "free" | number;
}

/** Prefix of every value that is added, so that none collides with the network's. */
const prefix = "likeness::";
/** Length below which a representation, or its distance from the target, counts as this long. */
const shortest = 1e-15;

/**
 * The network up to the tap, with the model's normalisation before it, the relative distance behind it, and the way back.
 * @throws Failure as {@link withGradient}
 */
export function descentProgram(
  { program, input, conversion, normalisation, tap, batch }: Inverted,
  { profile, rectifier }: { readonly profile: GradientProfile; readonly rectifier: Rectifier },
): DescentProgram {
  const name = (what: string): string => `${prefix}inversion::${what}`;
  const [pixels, target, residual] = [name("pixels"), name("target"), name("residual")];
  const count: Dim = batch === "free" ? "batch" : batch;
  const shapes = new Map<string, readonly Dim[]>([
    [pixels, [count, ...conversion.shape]],
    [target, [count, tap.width]],
  ]);
  const constants = new Map<string, Tensor>([
    [name("axes"), int64Tensor([1], [1])],
    [name("shortest"), float32Tensor([], [shortest])],
  ]);

  const before = normalising(pixels, input.name, conversion, normalisation, constants, name);
  const others = tap.shape.map((_, axis) => axis).filter((axis) => axis !== tap.sampleAxis);
  const nodes = [
    ...before,
    ...program.graph.nodes,
    ...(tap.sampleAxis === 0
      ? [makeNode("Identity", [tap.value], [name("rows")])]
      : [makeNode("Transpose", [tap.value], [name("rows")], { perm: ints([tap.sampleAxis, ...others]) })]),
    makeNode("Cast", [name("rows")], [name("float32")], { to: { type: "int", value: 1 } }),
    makeNode("Flatten", [name("float32")], [name("representation")], { axis: { type: "int", value: 1 } }),
    makeNode("Sub", [name("representation"), target], [name("difference")]),
    ...lengthOf(name("difference"), name("distance"), name),
    ...lengthOf(target, name("size"), name),
    makeNode("Div", [name("distance"), name("size")], [residual]),
    // The gradient of the residual with respect to the representation.
    makeNode("Mul", [name("distance"), name("size")], [name("scale")]),
    makeNode("Div", [name("difference"), name("scale")], [name("seed")]),
  ];
  const info = (value: string): ValueInfo => ({ name: value, dtype: "float32", shape: shapes.get(value) });
  const difference = name("difference");
  const outputs = [residual, name("seed"), difference].map(info);
  const written = withOutputs(
    {
      ...program,
      graph: {
        ...program.graph,
        inputs: [pixels, target].map(info),
        nodes,
        initializers: new Map([...program.graph.initializers, ...constants]),
      },
    },
    outputs,
  );
  const forward = withEarlyChoice(written, shapes, new Set([name("representation")]));
  const seeded = withGradient(forward, {
    seeds: new Map([[name("representation"), name("seed")]]),
    withRespectTo: [pixels],
    profile,
    shapes,
    ...(rectifier === "straight-through" && { straightThrough: lastRectifier(forward) }),
  });
  const gradient = seeded.gradients.get(pixels) ?? "";
  const wanted = new Set([residual, gradient, difference]);
  const kept = seeded.program.graph.outputs.filter((output) => wanted.has(output.name));
  const { notices } = seeded;
  const whole = withOutputs(seeded.program, kept);
  const own = profile === "cpu" ? withSmallMaps(whole, shapes) : whole;
  return { program: own, pixels, target, residual, gradient, difference, notices };
}

/** (x − mean) / std per channel, into the network's input. */
export function normalising(
  pixels: string,
  input: string,
  { shape, channelAxis }: LayoutConversion,
  { mean, std }: Normalisation,
  constants: Map<string, Tensor>,
  name: (what: string) => string,
): readonly Node[] {
  if (mean.length === 0) return [makeNode("Identity", [pixels], [input])];
  const sizes = [1, ...shape.map((size, axis) => (axis === channelAxis && mean.length > 1 ? size : 1))];
  constants.set(name("mean"), float32Tensor(sizes, mean));
  constants.set(name("std"), float32Tensor(sizes, std));
  return [
    makeNode("Sub", [pixels, name("mean")], [name("centred")]),
    makeNode("Div", [name("centred"), name("std")], [input]),
  ];
}

/** Euclidean length of each row, at least {@link shortest}. */
function lengthOf(rows: string, length: string, name: (what: string) => string): readonly Node[] {
  return [
    makeNode("Mul", [rows, rows], [`${length}::squared`]),
    makeNode("ReduceSum", [`${length}::squared`, name("axes")], [`${length}::sum`]),
    makeNode("Sqrt", [`${length}::sum`], [`${length}::root`]),
    makeNode("Max", [`${length}::root`, name("shortest")], [length]),
  ];
}

/** The output of the last rectifier before the tap, which STIR's released code takes for the identity on the way back. */
function lastRectifier({ graph }: Program): ReadonlySet<string> {
  const last = graph.nodes.findLast(({ op }) => op === "Relu")?.outputs[0];
  return new Set(last === undefined ? [] : [last]);
}
