import { Failure } from "../../failure.ts";
import type { WeightSet } from "../../formats/checkpoint.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import type { Dim, Program } from "../../graph/graph.ts";
import type { Shape } from "../../graph/shapes/value.ts";
import { Layers } from "../../lowering/layers/layers.ts";
import { Parameters } from "../../lowering/layers/parameters.ts";
import { padNote } from "../../tokens/tokenProgram.ts";
import type { Architecture } from "../architecture.ts";
import { bert } from "./bert.ts";
import { Config } from "./config.ts";
import { convNext } from "./convNext.ts";
import { dinov2 } from "./dinov2.ts";
import { distilBert } from "./distilBert.ts";
import { gpt2 } from "./gpt2.ts";
import { llama, qwen2 } from "./llama.ts";
import type { Family } from "./network.ts";
import { resNet } from "./resNet.ts";
import { roberta } from "./roberta.ts";
import { sequenceAxis } from "./tokens.ts";
import { deit, vit } from "./vit.ts";
import { canonicalWeights, surplus } from "./weightNames.ts";

const families: readonly Family[] = [
  bert,
  roberta,
  distilBert,
  gpt2,
  llama,
  qwen2,
  vit,
  deit,
  dinov2,
  resNet,
  convNext,
];

/** Every class that is known: by its name, the family and what the name says beyond it. */
const classes: ReadonlyMap<string, { readonly family: Family; readonly head: string }> = new Map(
  families.flatMap((family) =>
    family.names.flatMap((name) => family.heads.map((head) => [name + head, { family, head }] as const)),
  ),
);

/**
 * The network that a Hugging Face `config.json` describes, with the weights beside it. Of text, it takes `input_ids`,
 * `attention_mask` and, where the network has types, `token_type_ids`, each batch × sequence; of images, `pixel_values`.
 *
 * @throws Failure `config/not-json`, `config/invalid`, `config/unsupported-architecture`, `config/unsupported-option`,
 *   `config/weights-left` where weights are left over, and `architecture/*` where some are missing or of another shape.
 */
export function architectureFromConfig(configText: string, weights: WeightSet): Architecture {
  const config = Config.parse(configText);
  const name = config.texts("architectures")?.[0];
  const known = name === undefined ? undefined : classes.get(name);
  if (!known || name === undefined) throw unsupported(name);
  const { family, head } = known;
  const base = head === "Model" ? "" : family.base;
  const named = canonicalWeights(weights, family, base);

  const build = (sampleShape?: Shape): Program => {
    const layers = new Layers(new GraphBuilder(), new Parameters(named));
    for (const output of family.build({ config, layers, base, head, sampleShape })) layers.builder.output(output);
    const left = surplus(layers.parameters.left());
    if (left.length > 0) throw weightsLeft(name, left);
    return family.takes === "tokens" ? withSequences(layers.builder.build(name), config) : layers.builder.build(name);
  };
  // That the weights fit is found out here, while another architecture can still be looked for.
  const usual = build();
  const sizes = imageSizes(family, usual);
  return {
    source: "config",
    name: `${name} (transformers)`,
    evidence: `config.json says ${name}, and every parameter of it is there in its shape`,
    ...(sizes && { sampleShape: sizes }),
    program: (sampleShape) => (sampleShape === undefined || family.takes === "tokens" ? usual : build(sampleShape)),
  };
}

/** Sizes of the images that a network takes; `undefined` for one of text. */
function imageSizes(family: Family, usual: Program): readonly Dim[] | undefined {
  if (family.takes === "tokens") return undefined;
  const [channels, ...sides] = usual.graph.inputs[0]?.shape?.slice(1) ?? [];
  return family.anySize ? [channels, "height", "width"] : [channels, ...sides];
}

/** A program of text with what the builder cannot know: which axes of its outputs are the tokens', and which id fills up. */
function withSequences(program: Program, config: Config): Program {
  const pad = config.index("pad_token_id");
  const outputs = program.graph.outputs.map((output) =>
    output.shape?.length === 3 ? { ...output, shape: output.shape.with(1, sequenceAxis) } : output,
  );
  return {
    ...program,
    graph: { ...program.graph, outputs },
    metadata: new Map(pad === undefined ? [] : [[padNote, String(pad)]]),
  };
}

function unsupported(name: string | undefined): Failure {
  const supported = families.flatMap(({ names, heads }) => names.map((each) => `${each}(${heads.join(", ")})`));
  return new Failure(
    "config/unsupported-architecture",
    name === undefined
      ? "The configuration does not say which architecture it is of."
      : `The architecture ${name.slice(0, 80)} is not known. Known are ${supported.join(", ")}.`,
    { hint: "Export the network to ONNX or .pt2, and choose that file as the architecture." },
  );
}

function weightsLeft(name: string, left: readonly string[]): Failure {
  return new Failure(
    "config/weights-left",
    `${name}, as the configuration has it, has no use for ${left.length} of the parameters, such as ${left[0]}.`,
    { hint: "The configuration may be that of another network." },
  );
}
