import type { Architecture } from "../../architectures/architecture.ts";
import { Failure } from "../../failure.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Dim, Program } from "../../graph/graph.ts";
import type { Shape } from "../../graph/shapes/value.ts";
import { type DType, elementCount, type Tensor } from "../../graph/tensor.ts";
import { AtenLowering } from "../../lowering/aten/lowering.ts";
import { type AtenTensor, isTensor } from "../../lowering/aten/value.ts";
import type { Notice } from "../checkpoint.ts";
import { bindSymbols, builderShape, sampleSizes, type UserInput, userInputs } from "./inputs.ts";
import { GraphLowering, refuseUnsupported } from "./lowerGraph.ts";
import type { ExportedProgram, InputSpec } from "./program.ts";

/** The tensors of an export: what training changes, and what it does not. */
export interface Pt2Tensors {
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** Constants beyond this many elements are not computed with. */
const largestConstant = 2 ** 22;

/** The network that an export describes. */
export class Pt2Architecture implements Architecture {
  readonly source = "file";
  readonly name: string;
  readonly evidence = "The file holds the network's graph as torch.export recorded it.";
  readonly sampleShape?: readonly Dim[];
  readonly #file: string;
  readonly #program: ExportedProgram;
  readonly #tensors: Pt2Tensors;
  readonly #inputs: readonly UserInput[];
  readonly #notice: (notice: Notice) => void;

  /**
   * @param file for messages
   * @param notice is told what a user should know of how the graph was read
   */
  constructor(file: string, program: ExportedProgram, tensors: Pt2Tensors, notice: (notice: Notice) => void) {
    this.#file = file;
    this.#program = program;
    this.#tensors = tensors;
    this.#inputs = userInputs(program);
    this.#notice = notice;
    this.name = program.torchVersion === "" ? "torch.export" : `torch.export ${program.torchVersion}`;
    const sizes = sampleSizes(this.#inputs);
    if (sizes) this.sampleShape = sizes;
  }

  program(sampleShape?: Shape): Program {
    try {
      return this.#build(sampleShape);
    } catch (error) {
      throw error instanceof Failure ? error.in(this.#file) : error;
    }
  }

  #build(sampleShape: Shape | undefined): Program {
    const { graph, inputs, outputs, least } = this.#program;
    refuseUnsupported(graph);
    const builder = new GraphBuilder();
    const symbols = bindSymbols(this.#inputs, least, sampleShape);
    for (const input of this.#inputs) builder.input(input.value, inputType(input.dtype), builderShape(input, symbols));
    const lowering = new AtenLowering(builder, "pt2");
    const nodes = new GraphLowering(builder, lowering, symbols);
    for (const { value } of this.#inputs) nodes.set(value, lowering.input(value));
    for (const input of inputs) this.#bind(input, lowering, nodes);
    nodes.run(graph);
    const answers = outputs.map((name) => nodes.get(name)).filter(isTensor);
    if (answers.length === 0) throw new Failure("pt2/inputs", "The network gives no tensor as its answer.");
    for (const answer of answers) builder.output(madeByNode(builder, answer, this.#inputs));
    for (const notice of lowering.notices) this.#notice(notice);
    return builder.build(this.name);
  }

  /** Parameters and buffers under their own names; everything else that is no input is a constant. */
  #bind(input: InputSpec, lowering: AtenLowering, nodes: GraphLowering): void {
    if (input.kind === "user" || input.value === "") return;
    if (input.kind === "fixed") {
      nodes.setArgument(input.value, input.argument);
      return;
    }
    const { weights, constants } = this.#tensors;
    const { target } = input;
    const tensor = input.persistent
      ? (weights.get(target) ?? constants.get(target))
      : (constants.get(target) ?? weights.get(target));
    if (!tensor) throw new Failure("pt2/missing-payload", `The elements of ${target} are missing.`);
    const isWeight = input.persistent || elementCount(tensor.shape) > largestConstant;
    nodes.set(input.value, isWeight ? lowering.weight(target, tensor) : lowering.constant(tensor));
  }
}

/** Narrow floating-point networks are run in float32. */
function inputType(dtype: DType): DType {
  return dtype === "float16" || dtype === "bfloat16" || dtype === "float64" ? "float32" : dtype;
}

/** An answer that is an input or a constant as it is becomes the result of a node, as the engine wants it. */
function madeByNode(builder: GraphBuilder, { value }: AtenTensor, inputs: readonly UserInput[]): string {
  const isGiven = inputs.some((input) => input.value === value) || builder.tensorOf(value) !== undefined;
  return isGiven ? builder.add("Identity", [value]) : value;
}
