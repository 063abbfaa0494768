import { dtypeBits } from "../../graph/tensor.ts";
import { PickleGlobal, type PickleValue } from "./pickleValues.ts";
import { TorchStorage, torchDTypes } from "./storage.ts";
import { checkLayout } from "./strided.ts";
import { type Quantizer, TorchTensor } from "./torchTensor.ts";

/**
 * What PyTorch's functions of `torch._utils` would make of their arguments; `undefined` where those are of another kind,
 * as for sparse tensors and tensors without elements.
 * @throws Failure as {@link checkLayout}.
 */
export function rebuildTensor(name: string, args: readonly PickleValue[]): TorchTensor | undefined {
  switch (name) {
    case "_rebuild_tensor":
    case "_rebuild_tensor_v2":
      return strided(args);
    // (storage, offset, shape, strides, requires_grad, hooks, dtype, metadata): types that have no storage class.
    case "_rebuild_tensor_v3":
      return strided(args, args[6]);
    // (storage, offset, shape, strides, quantizer, requires_grad, hooks)
    case "_rebuild_qtensor": {
      const quantizer = readQuantizer(args[4]);
      return quantizer && strided(args, undefined, quantizer);
    }
    default:
      return undefined;
  }
}

function strided(
  [storage, offset, shape, strides]: readonly PickleValue[],
  named?: PickleValue,
  quantizer?: Quantizer,
): TorchTensor | undefined {
  if (!(storage instanceof TorchStorage)) return undefined;
  const dtype = named === undefined ? storage.dtype : torchDTypes.get(named instanceof PickleGlobal ? named.name : "");
  if (dtype === undefined) return undefined;
  // The lists belong to the pickle, which may go on to change them: what is checked must be what is kept.
  const layout = { dtype, shape: integers(shape), strides: integers(strides), offset: integer(offset) };
  checkLayout(layout, Math.floor((storage.byteCount * 8) / dtypeBits[dtype]));
  return new TorchTensor(storage, layout, quantizer);
}

/** `(scheme, scale, zero point)` or `(scheme, scales, zero points, axis)`, the latter two as tensors. */
function readQuantizer(value: PickleValue | undefined): Quantizer | undefined {
  if (!Array.isArray(value) || !(value[0] instanceof PickleGlobal)) return undefined;
  const [{ name }, scale, zero, axis] = value;
  if (name === "torch.per_tensor_affine" && typeof scale === "number" && typeof zero === "number") {
    return { kind: "tensor", scale, zeroPoint: zero };
  }
  const perChannel = name === "torch.per_channel_affine" && typeof axis === "number";
  if (!perChannel || !(scale instanceof TorchTensor) || !(zero instanceof TorchTensor)) return undefined;
  return { kind: "channel", scales: scale, zeroPoints: zero, axis };
}

/** At most one more than PyTorch's limit of 64 axes: the check refuses what is longer. */
function integers(value: PickleValue | undefined): number[] {
  return Array.isArray(value) ? value.slice(0, 65).map(integer) : [Number.NaN];
}

function integer(value: PickleValue | undefined): number {
  return typeof value === "number" ? value : Number.NaN;
}
