import type { Architecture } from "../../architectures/architecture.ts";
import { Failure } from "../../failure.ts";
import { batchAxis, GraphBuilder } from "../../graph/builder.ts";
import type { Dim, Program } from "../../graph/graph.ts";
import type { Shape } from "../../graph/shapes/value.ts";
import { AtenLowering } from "../../lowering/aten/lowering.ts";
import type { AtenTensor } from "../../lowering/aten/value.ts";
import type { Notice } from "../checkpoint.ts";
import type { PickleObject, PickleValue } from "../torch/pickleValues.ts";
import { Evaluator } from "./evaluator.ts";
import type { ModuleTree } from "./moduleTree.ts";
import { guessSample, type SampleGuess } from "./sampleShapes.ts";
import type { Sources } from "./sources.ts";
import { dottedName, type Expression, type Parameter } from "./syntax.ts";
import { isTensorValue } from "./tensors.ts";
import { Dict, List, type ScriptObject, type Value } from "./values.ts";

/** The network that the code of an archive describes. */
export class ScriptArchitecture implements Architecture {
  readonly source = "file";
  readonly name: string;
  readonly evidence: string;
  readonly sampleShape?: readonly Dim[];
  readonly #file: string;
  readonly #root: PickleObject;
  readonly #sources: Sources;
  readonly #constants: readonly PickleValue[];
  readonly #guess: SampleGuess | undefined;
  readonly #notice: (notice: Notice) => void;

  /**
   * @param file for messages
   * @param notice is told what a user should know of how the code was read
   */
  constructor(
    file: string,
    root: PickleObject,
    tree: ModuleTree,
    sources: Sources,
    constants: readonly PickleValue[],
    notice: (notice: Notice) => void,
  ) {
    this.#file = file;
    this.#root = root;
    this.#sources = sources;
    this.#constants = constants;
    this.#notice = notice;
    this.#guess = guessSample(tree);
    this.name = root.className.slice(root.className.lastIndexOf(".") + 1);
    this.evidence = evidence(this.#guess);
    if (this.#guess?.declared) this.sampleShape = this.#guess.declared;
  }

  program(sampleShape?: Shape): Program {
    try {
      return sampleShape ? this.#attempt(sampleShape).run() : this.#tryCandidates();
    } catch (error) {
      throw error instanceof Failure ? error.in(this.#file) : error;
    }
  }

  /** The network for the first size of samples that fits; the failure that came latest where none does. */
  #tryCandidates(): Program {
    let best: { readonly failure: Failure; readonly steps: number } | undefined;
    for (const shape of this.#guess?.candidates ?? []) {
      const attempt = this.#attempt(shape);
      try {
        return attempt.run();
      } catch (error) {
        if (!(error instanceof Failure) || isFinal(error)) throw error;
        if (attempt.steps > (best?.steps ?? -1)) best = { failure: error, steps: attempt.steps };
      }
    }
    if (!best) throw new Failure("torchscript/inputs", "Nothing tells the sizes of a sample that it takes.", { hint });
    const { code, message, hint: known = hint } = best.failure;
    throw new Failure(code, message, { hint: known });
  }

  #attempt(shape: Shape): Attempt {
    const dtype = this.#guess?.dtype === "int64" ? "int64" : "float32";
    return new Attempt(this.#root, this.#sources, this.#constants, { name: this.name, shape, dtype }, this.#notice);
  }
}

const hint = "Give the shape of a sample.";

/** Whether a failure would be the same for every size of the samples. */
function isFinal({ code }: Failure): boolean {
  return ["inputs", "syntax", "limit", "missing-code", "bytecode-only"].some(
    (reason) => code === `torchscript/${reason}`,
  );
}

function evidence(guess: SampleGuess | undefined): string {
  const code = "The archive holds the network's own code.";
  if (!guess) return code;
  const sizes = guess.declared?.some((size) => typeof size === "string")
    ? "; other sizes are tried in turn unless given"
    : "";
  return `${code} What it takes is told by the ${guess.reason}${sizes}.`;
}

interface Wanted {
  readonly name: string;
  /** Sizes of one sample. */
  readonly shape: Shape;
  readonly dtype: "float32" | "int64";
}

/** One run of the code with samples of one shape. */
class Attempt {
  readonly #builder = new GraphBuilder();
  readonly #lowering = new AtenLowering(this.#builder, "torchscript");
  readonly #evaluator: Evaluator;
  readonly #network: ScriptObject;
  readonly #wanted: Wanted;
  readonly #notice: (notice: Notice) => void;

  constructor(
    root: PickleObject,
    sources: Sources,
    constants: readonly PickleValue[],
    wanted: Wanted,
    notice: (notice: Notice) => void,
  ) {
    this.#evaluator = new Evaluator(sources, this.#builder, this.#lowering, (stored) =>
      constants.map((constant, i) => stored.value(constant, undefined, `CONSTANTS.c${i}`)),
    );
    const network = this.#evaluator.stored.object(root, "");
    if (!network?.definition.syntax.methods.has("forward")) {
      throw new Failure("torchscript/missing-code", `There is no code for ${root.className}.forward.`, {
        hint: "Save the network with torch.jit.save.",
      });
    }
    this.#network = network;
    this.#wanted = wanted;
    this.#notice = notice;
  }

  get steps(): number {
    return this.#evaluator.steps;
  }

  run(): Program {
    const parameters = this.#network.definition.syntax.methods.get("forward")?.parameters.slice(1) ?? [];
    const takesTokens = this.#wanted.dtype === "int64";
    const args: Value[] = [];
    for (const parameter of parameters) {
      const isFirst = args.length === 0;
      if (!isFirst && parameter.fallback) break;
      // Masks and positions have the shape of the tokens that they stand beside.
      if (isTensorType(parameter.type) && (isFirst || takesTokens)) args.push(this.#input(parameter));
      else if (!isFirst && isOptional(parameter.type)) args.push(null);
      else throw unknownInput(parameter);
    }
    if (args.length === 0) throw new Failure("torchscript/inputs", "The network takes no input.");
    const outputs = tensorsIn(this.#evaluator.callMethod(this.#network, "forward", args));
    if (outputs.length === 0) throw new Failure("torchscript/inputs", "The network gives no tensor as its answer.");
    for (const output of outputs) this.#builder.output(output.value);
    for (const notice of this.#lowering.notices) this.#notice(notice);
    return this.#builder.build(this.#wanted.name);
  }

  #input({ name }: Parameter): AtenTensor {
    const { dtype, shape } = this.#wanted;
    return this.#lowering.input(this.#builder.input(name, dtype, [batchAxis, ...shape]));
  }
}

/** A parameter's type; traced code and hand-written code without types mean tensors. */
function isTensorType(type: Expression | undefined): boolean {
  return type === undefined || dottedName(type) === "Tensor";
}

function isOptional(type: Expression | undefined): boolean {
  return type?.kind === "index" && dottedName(type.base) === "Optional";
}

function unknownInput({ name }: Parameter): Failure {
  return new Failure("torchscript/inputs", `The network takes an input "${name}" beside or instead of one tensor.`, {
    hint: "Wrap the network in a module that takes one tensor and trace that.",
  });
}

/** How deep answers may be nested. */
const maxNesting = 8;

/** The tensors of an answer: alone, in a tuple or list, or by name in a dictionary; what is None is left out. */
function tensorsIn(value: Value, nesting = 0): AtenTensor[] {
  if (isTensorValue(value)) return [value];
  if (nesting >= maxNesting) return [];
  if (value instanceof List) return value.items.flatMap((item) => tensorsIn(item, nesting + 1));
  if (value instanceof Dict) return Array.from(value.entries.values()).flatMap((item) => tensorsIn(item, nesting + 1));
  return [];
}
