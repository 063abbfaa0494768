import type { Tensor } from "../../graph/tensor.ts";
import { asFloat32, concatenated, reshaped, sliced } from "../../graph/tensorViews.ts";
import { within } from "./modules.ts";
import type { Recipe } from "./recipes.ts";
import type { Slot } from "./slots.ts";

/** Order of the gates in ONNX, as positions in PyTorch's: input, output, forget, cell from i, f, g, o; and so on. */
const gateOrders: Readonly<Record<string, readonly number[]>> = {
  LSTM: [0, 3, 1, 2],
  GRU: [1, 0, 2],
  RNN: [0],
};

/**
 * Weights of a recurrent layer: both directions on one axis, gates in ONNX's order, the two biases behind one another.
 *
 * @param path of the module; `layer` counts those that a module stacks.
 * @returns `undefined` where the checkpoint has no such layer, or one of another size.
 */
export function recurrent(
  slot: Slot,
  path: string,
  layer: number,
  tensors: ReadonlyMap<string, Tensor>,
): Recipe | undefined {
  const order = gateOrders[slot.node.op];
  const [directions = 0] = slot.tensor.shape;
  if (!order || directions > 2) return undefined;
  const leaves = slot.leaf === "bias" ? ["bias_ih", "bias_hh"] : [slot.leaf];
  const suffixes = ["", "_reverse"].slice(0, directions);
  const names = suffixes.map((suffix) => leaves.map((leaf) => within(path, `${leaf}_l${layer}${suffix}`)));
  const keys = names.flat();
  const shapes = keys.map((key) => tensors.get(key)?.shape);
  const [first] = shapes;
  if (!first || shapes.some((shape) => shape?.join() !== first.join()) || first[0]! % order.length !== 0)
    return undefined;
  const shape = [directions, leaves.length * first[0]!, ...first.slice(1)];
  return {
    class: "derived",
    keys,
    shape,
    make: (all) => {
      const rows = names.map((direction) =>
        concatenated(
          direction.map((name) => reordered(asFloat32(all.get(name)!), order)),
          0,
        ),
      );
      return reshaped(concatenated(rows, 0), shape);
    },
  };
}

function reordered(tensor: Tensor, order: readonly number[]): Tensor {
  const size = tensor.shape[0]! / order.length;
  return concatenated(
    order.map((gate) => sliced(tensor, 0, gate * size, (gate + 1) * size)),
    0,
  );
}
