import type { Graph, Node } from "../../graph/graph.ts";
import { exportedPath, isInventedName, notedPath, scriptScopes } from "../../graph/taps/evidence.ts";
import { placesOf } from "../../graph/taps/places.ts";
import { Wiring } from "../../graph/taps/wiring.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { isWeightType } from "./plainInitializers.ts";

/** A place of the donor's graph that takes a weight: one input of one node. */
export interface Slot {
  readonly node: Node;
  readonly index: number;
  /** Of the initializer that stands there now. */
  readonly name: string;
  readonly tensor: Tensor;
  /** What PyTorch calls a parameter that is read there; `undefined` where any tensor may stand. */
  readonly leaf: string | undefined;
  /** Whether operators of this kind have a trained parameter there: it must be found. */
  readonly required: boolean;
  /** Module that the node belongs to, where the file says it otherwise than by the names of the weights. */
  readonly path: string | undefined;
  /** Module path of the batch norm that the exporter says it folded into the node. */
  readonly batchNorm: string | undefined;
  /** How many earlier nodes of this operator belong to the same module: the layer, for a recurrent one. */
  readonly call: number;
  /** Whether the name was invented by the exporter, and so says nothing. */
  readonly invented: boolean;
}

const normParameters = ["", "weight", "bias"];

/** Names of the parameters by operator and input. */
const leaves: ReadonlyMap<string, readonly string[]> = new Map([
  ["Conv", normParameters],
  ["ConvTranspose", normParameters],
  ["Gemm", normParameters],
  ["MatMul", ["weight", "weight"]],
  ["BatchNormalization", [...normParameters, "running_mean", "running_var"]],
  ["LayerNormalization", normParameters],
  ["InstanceNormalization", normParameters],
  ["GroupNormalization", normParameters],
  ["PRelu", ["", "weight"]],
  ["LSTM", ["", "weight_ih", "weight_hh", "bias"]],
  ["GRU", ["", "weight_ih", "weight_hh", "bias"]],
  ["RNN", ["", "weight_ih", "weight_hh", "bias"]],
]);

/** What dressed-up parameters are called that elementwise operators and look-ups read. */
const optionalLeaves: ReadonlyMap<string, string> = new Map([
  ["Mul", "weight"],
  ["Add", "bias"],
  ["Gather", "weight"],
]);

/** The operators that multiply with a matrix or a kernel. */
export const layerOperators: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

/** Every place of a graph that a floating-point initializer with an axis stands in, in the graph's order. */
export function slotsOf(graph: Graph): readonly Slot[] {
  const places = placesOf(new Wiring(graph));
  const calls = new Map<string, number>();
  const slots: Slot[] = [];
  for (const node of graph.nodes) {
    const place = places.get(node);
    const known = place && isRecorded(node) ? place.path : undefined;
    const key = `${node.op} ${known ?? ""}`;
    const call = calls.get(key) ?? 0;
    calls.set(key, call + 1);
    for (const [index, name] of node.inputs.entries()) {
      const tensor = graph.initializers.get(name);
      if (!tensor || !isWeightType(tensor) || tensor.shape.length === 0) continue;
      const leaf = leaves.get(node.op)?.[index];
      slots.push({
        node,
        index,
        name,
        tensor,
        leaf: leaf || optionalLeaves.get(node.op),
        required: Boolean(leaf),
        path: known,
        batchNorm: place?.batchNorm,
        call,
        invented: isInvented(name),
      });
    }
  }
  return slots;
}

/** Whether the node itself says where it belongs, rather than the names of its weights. */
function isRecorded(node: Node): boolean {
  return scriptScopes(node) !== undefined || exportedPath(node) !== undefined || notedPath(node) !== undefined;
}

function isInvented(name: string): boolean {
  return isInventedName(name) || /^(?:val_\d+|constant(?:_\d+)?)$|\.weight_bias$|^\/|_output_\d+$/.test(name);
}
