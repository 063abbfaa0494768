import type { GradientProfile } from "../../graph/gradient/profile.ts";
import { withGradient } from "../../graph/gradient/withGradient.ts";
import { type Dim, makeNode, type Node, type Program, type ValueInfo } from "../../graph/graph.ts";
import { withOutputs } from "../../graph/prune.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { type Inverted, normalising } from "./descentProgram.ts";

/** The gradient of class scores with respect to the pixels, as a program. */
export interface SaliencyProgram {
  readonly program: Program;
  /** Inputs: pixels in [0, 1] in the model's layout, n × its sample; how much each class counts, n × classes. */
  readonly pixels: string;
  readonly classes: string;
  /** Output: the gradient of Σ classes · scores of each image, as the pixels. */
  readonly gradient: string;
}

/** Operators that make probabilities of scores: their gradients vanish where a network is sure. */
const squashing = new Set(["Softmax", "LogSoftmax"]);

/**
 * The network up to its class scores (its `tap`, n × classes), before a softmax at its end, with the normalisation before it and the way back.
 * @throws Failure as {@link withGradient}
 */
export function saliencyProgram(
  { program, input, conversion, normalisation, tap, batch }: Inverted,
  profile: GradientProfile,
): SaliencyProgram {
  const name = (what: string): string => `likeness::saliency::${what}`;
  const [pixels, classes, scores] = [name("pixels"), name("classes"), name("scores")];
  const count: Dim = batch === "free" ? "batch" : batch;
  const shapes = new Map<string, readonly Dim[]>([[pixels, [count, ...conversion.shape]]]);
  const constants = new Map<string, Tensor>();
  const nodes = [
    ...normalising(pixels, input.name, conversion, normalisation, constants, name),
    ...program.graph.nodes,
    makeNode("Cast", [beforeSquashing(program.graph.nodes, tap.value)], [scores], { to: { type: "int", value: 1 } }),
  ];
  const inputs: ValueInfo[] = [{ name: pixels, dtype: "float32", shape: shapes.get(pixels) }];
  const initializers = new Map([...program.graph.initializers, ...constants]);
  const output: ValueInfo = { name: scores, dtype: "float32", shape: [count, tap.width] };
  const forward = withOutputs({ ...program, graph: { ...program.graph, inputs, nodes, initializers } }, [output]);
  const request = { seeds: new Map([[scores, classes]]), withRespectTo: [pixels], profile, shapes };
  const seeded = withGradient(forward, request);
  const gradient = seeded.gradients.get(pixels) ?? "";
  const kept = seeded.program.graph.outputs.filter((each) => each.name === gradient);
  return { program: withOutputs(seeded.program, kept), pixels, classes, gradient };
}

/** What a softmax at the end is taken of; the value itself where there is none. */
function beforeSquashing(nodes: readonly Node[], value: string): string {
  const made = nodes.find(({ outputs }) => outputs[0] === value);
  return made && squashing.has(made.op) ? made.inputs[0]! : value;
}
