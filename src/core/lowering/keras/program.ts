import { Failure } from "../../failure.ts";
import type { Argument, Node, TensorRef } from "../../formats/keras/inboundNodes.ts";
import type { Layer, Model } from "../../formats/keras/model.ts";
import { batchAxis, GraphBuilder } from "../../graph/builder.ts";
import type { Program } from "../../graph/graph.ts";
import type { Shape } from "../../graph/shapes/value.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { modelInputs } from "./inputs.ts";
import { kindOf } from "./kinds.ts";
import { type CallArgument, LayerCall, type ProgramContext } from "./layerCall.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { inKerasOrder, type KerasValue } from "./value.ts";

/** Calls of layers, those in models that are called several times counted each time. */
const maximumCalls = 50_000;

/**
 * Writes a Keras model down as a program. It takes its images as Keras does, N × H × W × C; inside, they stay channels
 * first from the first convolution to the layer that asks for Keras's order.
 * @param weights by full name: `model/layer/kernel`
 * @param kerasVersion 2 or 3
 * @param sampleShape sizes of one sample, for models of one input that leave some open
 * @throws Failure `keras/unsupported-layer`, `keras/unsupported-class`, `keras/weight-shape`, `keras/missing-weights`,
 *   `keras/bad-config`, `keras/input-shape`
 */
export function kerasProgram(
  model: Model,
  weights: ReadonlyMap<string, Tensor>,
  kerasVersion: number,
  sampleShape?: Shape,
): Program {
  refuseUnsupported(model);
  const builder = new GraphBuilder();
  const context = { builder, weights, kerasVersion, kinds: kindOf, otherForm: new Map<string, string>() };
  const run = new Run(context);
  const inputs = modelInputs(model, sampleShape).map(({ name, dtype, shape }) => ({
    value: builder.input(name, dtype, [batchAxis, ...shape]),
    moved: false,
  }));
  for (const output of run.model(model, "", inputs)) builder.output(inKerasOrder(context, output));
  return builder.build(model.name);
}

/** A call whose arguments are still to come. */
interface Pending {
  readonly layer: Layer;
  readonly index: number;
  readonly node: Node;
  waiting: number;
}

class Run {
  readonly #context: ProgramContext;
  #calls = 0;

  constructor(context: ProgramContext) {
    this.#context = context;
  }

  /** What a model gives for its inputs. */
  model(model: Model, path: string, inputs: readonly KerasValue[]): readonly KerasValue[] {
    return model.kind === "sequential" ? this.#sequential(model, path, inputs) : this.#functional(model, path, inputs);
  }

  #sequential(model: Model, path: string, inputs: readonly KerasValue[]): readonly KerasValue[] {
    let values = inputs;
    for (const layer of model.layers) {
      if (layer.className === "InputLayer") continue;
      values = this.#call(
        layer,
        path,
        values.map((value) => ({ kind: "tensor", value })),
        new Map(),
      );
    }
    return values;
  }

  #functional(model: Model, path: string, inputs: readonly KerasValue[]): readonly KerasValue[] {
    const results = new Map<string, readonly KerasValue[]>();
    const ready: Pending[] = [];
    const waiting = new Map<string, Pending[]>();
    for (const [i, ref] of model.inputs.entries()) {
      const value = inputs[i];
      if (!value) throw badGraph(model, `takes ${model.inputs.length} tensors and is given ${inputs.length}`);
      results.set(key(ref), [value]);
    }
    for (const layer of model.layers) {
      for (const [index, node] of layer.nodes.entries()) {
        const needed = new Set(
          refsOf(node)
            .map(key)
            .filter((each) => !results.has(each)),
        );
        const pending = { layer, index, node, waiting: needed.size };
        if (needed.size === 0) ready.push(pending);
        for (const each of needed) waiting.set(each, [...(waiting.get(each) ?? []), pending]);
      }
    }
    for (let pending = ready.shift(); pending; pending = ready.shift()) {
      const { layer, index, node } = pending;
      const own = `${layer.name}\0${index}`;
      if (results.has(own)) continue;
      const resolve = (argument: Argument): CallArgument => {
        if (argument.kind === "constant") return argument;
        if (argument.kind === "list") return { kind: "list", items: argument.items.map(resolve) };
        const value = results.get(key(argument.tensor))?.[argument.tensor.tensor];
        if (!value) throw badGraph(model, `has no result ${argument.tensor.tensor} of "${argument.tensor.layer}"`);
        return { kind: "tensor", value };
      };
      const named = new Map([...node.named].map(([name, argument]) => [name, resolve(argument)]));
      results.set(own, this.#call(layer, path, node.arguments.map(resolve), named));
      for (const next of waiting.get(own) ?? []) if (--next.waiting === 0) ready.push(next);
    }
    return model.outputs.map((ref) => {
      const value = results.get(key(ref))?.[ref.tensor];
      if (!value) throw badGraph(model, `never computes "${ref.layer}"`);
      return value;
    });
  }

  #call(
    layer: Layer,
    path: string,
    args: readonly CallArgument[],
    named: ReadonlyMap<string, CallArgument>,
  ): readonly KerasValue[] {
    if (++this.#calls > maximumCalls) throw new Failure("keras/bad-config", "The model makes too many calls.");
    const at = path === "" ? layer.name : `${path}/${layer.name}`;
    const { builder } = this.#context;
    const call = new LayerCall(this.#context, layer, at, args, named);
    return builder.within(layer.name, () => {
      if (layer.model) return this.model(layer.model, at, call.inputs);
      const kind = kindOf(layer);
      if (!kind) throw call.unsupported("is not known");
      try {
        const results = [kind.lower(call)].flat();
        // Sizes are inferred now, so that a failure is of this layer.
        for (const { value } of results) builder.shapeOf(value);
        return results;
      } catch (error) {
        if (!(error instanceof Failure) || !/^(?:onnx|graph)\//.test(error.code)) throw error;
        throw new Failure("keras/bad-config", `Layer "${at}" (${layer.className}) does not fit: ${error.message}`);
      }
    });
  }
}

function key({ layer, node }: TensorRef): string {
  return `${layer}\0${node}`;
}

function refsOf(node: Node): TensorRef[] {
  const refs: TensorRef[] = [];
  const arguments_ = [...node.arguments, ...node.named.values()];
  for (let argument = arguments_.pop(); argument; argument = arguments_.pop()) {
    if (argument.kind === "tensor") refs.push(argument.tensor);
    if (argument.kind === "list") arguments_.push(...argument.items);
  }
  return refs;
}

function badGraph(model: Model, what: string): Failure {
  return new Failure("keras/bad-config", `The model "${model.name}" ${what}.`);
}
