import type { Tensor } from "../../graph/tensor.ts";
import { numpyTensor } from "./numpyArray.ts";
import { PickleObject, type PickleValue } from "./pickleValues.ts";
import { TorchTensor } from "./torchTensor.ts";

/** Whether a value is a tensor, of PyTorch or NumPy, whose elements can be read. */
export function isTensor(value: PickleValue): boolean {
  return value instanceof TorchTensor || (value instanceof PickleObject && numpyTensor(value) !== undefined);
}

/** The tensor that a value is, of PyTorch or NumPy; `undefined` for everything else. */
export function asTensor(value: PickleValue): Tensor | undefined {
  return value instanceof TorchTensor ? value.tensor() : numpyTensor(value);
}
