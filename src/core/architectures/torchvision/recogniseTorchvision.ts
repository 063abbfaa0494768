import { Failure } from "../../failure.ts";
import type { WeightSet } from "../../formats/checkpoint.ts";
import { batchAxis, GraphBuilder } from "../../graph/builder.ts";
import type { Program } from "../../graph/graph.ts";
import type { Shape } from "../../graph/shapes/value.ts";
import { byteLength, type Tensor } from "../../graph/tensor.ts";
import { Layers } from "../../lowering/layers/layers.ts";
import { Parameters } from "../../lowering/layers/parameters.ts";
import type { Architecture } from "../architecture.ts";
import { alexnet } from "./alexnet.ts";
import { convnext } from "./convnext.ts";
import { densenet } from "./densenet.ts";
import { efficientnet } from "./efficientnet.ts";
import { googlenet } from "./googlenet.ts";
import { inception } from "./inception.ts";
import { maxvit } from "./maxvit.ts";
import { mnasnet } from "./mnasnet.ts";
import { mobilenetV2 } from "./mobilenetV2.ts";
import { mobilenetV3 } from "./mobilenetV3.ts";
import { type Family, type Network, Shapes } from "./network.ts";
import { regnet } from "./regnet.ts";
import { resnet } from "./resnet.ts";
import { shufflenet } from "./shufflenet.ts";
import { squeezenet } from "./squeezenet.ts";
import { swin } from "./swin.ts";
import { vgg } from "./vgg.ts";
import { visionTransformer } from "./visionTransformer.ts";

const families: readonly Family[] = [
  resnet,
  vgg,
  alexnet,
  squeezenet,
  densenet,
  inception,
  googlenet,
  shufflenet,
  mobilenetV2,
  mobilenetV3,
  mnasnet,
  efficientnet,
  regnet,
  convnext,
  visionTransformer,
  swin,
  maxvit,
];

/**
 * The classification network of torchvision that has exactly these parameters, whatever the number of classes and of the
 * image's channels; `undefined` where there is none. Found from names and shapes alone: no element is read.
 *
 * @param weights names without prefixes; counters (`num_batches_tracked`) may be missing.
 */
export function recogniseTorchvision(weights: WeightSet): Architecture | undefined {
  const shapes = new Shapes(weights);
  for (const family of families) {
    const network = family(shapes);
    if (network && fits(network, weights)) return architectureOf(network, weights);
  }
  return undefined;
}

/** Whether the network takes every parameter there is, each of the shape that it has. */
function fits(network: Network, weights: WeightSet): boolean {
  const { channels, side } = network;
  try {
    return write(network, withoutElements(weights), [channels, side, side]).left.length === 0;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Zeros in place of small constants that inference of shapes may ask for: a look at a checkpoint should not read it. */
function withoutElements(weights: WeightSet): WeightSet {
  const blank = ([name, { dtype, shape }]: [string, Tensor]): [string, Tensor] => {
    return [name, { dtype, shape, bytes: () => new Uint8Array(byteLength({ dtype, shape })) }];
  };
  return { ...weights, tensors: new Map(Array.from(weights.tensors, blank)) };
}

function architectureOf(network: Network, weights: WeightSet): Architecture {
  const { name, assumed, channels, side, fixed = false } = network;
  return {
    source: "family",
    name: `${name} (torchvision)`,
    evidence:
      `Its ${weights.tensors.size} tensors have exactly the names and shapes of torchvision's ${name}` +
      `; as there, and not to be seen in a checkpoint: ${assumed}.`,
    sampleShape: fixed ? [channels, side, side] : [channels, "height", "width"],
    program(sampleShape = [channels, side, side]) {
      const isImage = sampleShape.length === 3 && sampleShape[0] === channels;
      if (!isImage || (fixed && (sampleShape[1] !== side || sampleShape[2] !== side))) {
        throw new Failure(
          "architecture/sample-shape",
          `${name} takes samples of ${fixed ? `${channels} × ${side} × ${side}` : `${channels} × height × width`}, not ${sampleShape.join(" × ")}.`,
        );
      }
      try {
        return write(network, weights, sampleShape).program;
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== "onnx/shape-mismatch") throw error;
        throw new Failure(
          "architecture/sample-shape",
          `${name} cannot take samples of ${sampleShape.join(" × ")}: ${error.message}`,
          { hint: `It is used with images of ${side} × ${side}.` },
        );
      }
    },
  };
}

function write(
  network: Network,
  weights: WeightSet,
  sampleShape: Shape,
): { program: Program; left: readonly string[] } {
  const builder = new GraphBuilder();
  const parameters = new Parameters(weights);
  const layers = new Layers(builder, parameters);
  const image = builder.input("input", "float32", [batchAxis, ...sampleShape]);
  builder.output(network.build(layers, image));
  network.training?.(layers);
  return { program: builder.build(network.name), left: parameters.left() };
}
