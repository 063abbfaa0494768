import { Failure } from "../../failure.ts";
import type { Layer, Model } from "../../formats/keras/model.ts";
import type { Shape } from "../../graph/shapes/value.ts";

/** What a program takes. */
export interface ModelInput {
  readonly name: string;
  readonly dtype: "float32" | "int64" | "int32";
  /** Of one sample. */
  readonly shape: Shape;
}

/** Sizes of one sample as the file has them, `undefined` where any will do; nothing where it does not say. */
export type RecordedShape = readonly (number | undefined)[] | undefined;

/** Sides of images, and steps of sequences, where the model leaves them open and nobody says. */
const usualSide = 224;
const usualSteps = 32;

/** Sizes of one sample for each of a model's inputs. */
export function recordedShapes(model: Model): readonly RecordedShape[] {
  return inputLayers(model).map(({ shape }) => shape?.slice(1));
}

/**
 * A model's inputs with every size known.
 * @param sampleShape for models of one input
 * @throws Failure `keras/input-shape` where nothing says what the model takes
 */
export function modelInputs(model: Model, sampleShape?: Shape): readonly ModelInput[] {
  const layers = inputLayers(model);
  return layers.map(({ name, layer, shape }) => {
    const given = layers.length === 1 ? sampleShape : undefined;
    const sizes = given ?? shape?.slice(1).map((size, _, all) => size ?? (all.length === 3 ? usualSide : usualSteps));
    if (!sizes) {
      throw new Failure("keras/input-shape", "The file does not say what sizes the model takes.", {
        hint: "Give a probe whose samples have them.",
      });
    }
    return { name, dtype: dtypeOf(model, layer), shape: sizes };
  });
}

interface InputPlace {
  readonly name: string;
  readonly layer: Layer;
  readonly shape: readonly (number | undefined)[] | undefined;
}

/** The layers that stand for inputs; a sequential model may begin with any, which then has the sizes. */
function inputLayers(model: Model): readonly InputPlace[] {
  if (model.kind === "sequential") {
    const [first] = model.layers;
    if (!first) throw new Failure("keras/bad-config", `The model "${model.name}" has no layers.`);
    const inner = first.model && !first.inputShape ? inputLayers(first.model)[0] : undefined;
    const isInput = first.className === "InputLayer";
    return [
      { name: isInput ? first.name : `${first.name}_input`, layer: first, shape: first.inputShape ?? inner?.shape },
    ];
  }
  return model.inputs.map(({ layer: name }) => {
    const layer = model.layers.find((each) => each.name === name);
    if (!layer) throw new Failure("keras/bad-config", `The model "${model.name}" has no input "${name}".`);
    return { name, layer, shape: layer.inputShape };
  });
}

/** Ids where they go into tables alone, whatever type the input was declared with. */
function dtypeOf(model: Model, layer: Layer): ModelInput["dtype"] {
  const readers =
    model.kind === "sequential"
      ? model.layers.filter((each) => each.className !== "InputLayer").slice(0, 1)
      : model.layers.filter((each) => JSON.stringify(each.nodes).includes(`"layer":${JSON.stringify(layer.name)}`));
  if (readers.length > 0 && readers.every((each) => each.className === "Embedding")) return "int64";
  const declared = layer.settings.raw("dtype");
  return declared === "int32" || declared === "int64" ? declared : "float32";
}
