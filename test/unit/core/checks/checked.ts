import { readFileSync } from "node:fs";
import type { CheckedFile } from "../../../../src/core/checks/checkedFile.ts";
import { elementScan } from "../../../../src/core/checks/elementScan.ts";
import { rolesIn, tensorRole } from "../../../../src/core/checks/tensorRole.ts";
import { Failure } from "../../../../src/core/failure.ts";
import { bytesSource } from "../../../../src/core/formats/byteSource.ts";
import type { Notice } from "../../../../src/core/formats/checkpoint.ts";
import { readOnnx } from "../../../../src/core/formats/onnx/reader.ts";
import { unlessUnread } from "../../../../src/core/formats/unreadElements.ts";
import type { Program } from "../../../../src/core/graph/graph.ts";
import type { Tensor } from "../../../../src/core/graph/tensor.ts";

/** Runs a computation to its end. */
export function finished<T>(computation: Generator<unknown, T>): T {
  for (;;) {
    const step = computation.next();
    if (step.done) return step.value;
  }
}

/** A checkpoint of these tensors, looked at. */
export function checked(
  tensors: Readonly<Record<string, Tensor>>,
  { notices = [], program }: { notices?: readonly Notice[]; program?: Program } = {},
): CheckedFile {
  const roles = program ? rolesIn(program) : new Map();
  return {
    tensors: Object.entries(tensors).map(([name, tensor]) => ({
      name,
      tensor,
      role: tensorRole(name, tensor, roles),
      scan: unlessUnread(() => finished(elementScan(tensor))),
    })),
    notices,
    ...(program && { program }),
  };
}

/** A trained network of the sample workspace: convolutions with batch norms, and a linear layer. */
export function healthyProgram(name = "ears-seed0.onnx"): Program {
  const siblings = {
    open: (): never => {
      throw new Failure("file/missing", "None.");
    },
  };
  return readOnnx(bytesSource(name, readFileSync(`media/sample/${name}`)), siblings);
}

/** The same, looked at, with some of its weights replaced. */
export function healthy(planted: Readonly<Record<string, Tensor>> = {}): CheckedFile {
  const program = healthyProgram();
  return checked({ ...Object.fromEntries(program.graph.initializers), ...planted }, { program });
}
