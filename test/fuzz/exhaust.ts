import { Failure } from "../../src/core/failure.ts";
import type { Checkpoint } from "../../src/core/formats/checkpoint.ts";
import { refuseUnsupported } from "../../src/core/graph/operators.ts";
import { byteLength, dtypeBits, elementCount, type Tensor } from "../../src/core/graph/tensor.ts";
import { upgrade } from "../../src/core/graph/upgrade.ts";

/** Elements are read of tensors of up to so many bytes, and of so many in all. */
const tensorBytes = 1 << 24;
const allBytes = 1 << 26;
/** More than any file of the campaigns can stand for, packed as it may be. */
const impossibleBytes = 2 ** 32;

/**
 * Asks a checkpoint for all that it has, and holds the answers to what they must be.
 * @param see gets every tensor's name and elements.
 * @returns the first failure, which is as good an answer as any
 * @throws Error that is not a {@link Failure} for what no reader may do
 */
export function exhaust(
  { weights, provenance, architecture }: Checkpoint,
  sampleShape: readonly number[] | undefined,
  see: (name: string, bytes: Uint8Array) => void = () => {},
): Failure | undefined {
  let failure: Failure | undefined;
  const attempt = (action: () => void) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failure ??= error;
    }
  };
  let budget = allBytes;
  for (const { tensors } of [weights, ...provenance.alternatives.values()]) {
    for (const [name, tensor] of tensors) {
      must(typeof name === "string", "a name that is no text");
      checkShape(tensor, name);
      const size = byteLength(tensor);
      if (size > impossibleBytes) attempt(() => must(tensor.bytes().length < 0, `${name} has ${size} bytes`));
      if (size > Math.min(tensorBytes, budget)) continue;
      budget -= size;
      attempt(() => see(name, elements(tensor, name)));
    }
  }
  for (const [name, fact] of provenance.facts) must(typeof fact === "string", `the fact ${name} is no text`);
  attempt(() => {
    const program = architecture?.program(sampleShape);
    if (program === undefined) return;
    refuseUnsupported(program);
    upgrade(program);
  });
  return failure;
}

function checkShape({ dtype, shape }: Tensor, name: string): void {
  must(Object.hasOwn(dtypeBits, dtype), `${name} has the type ${dtype}`);
  must(
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) && Number.isSafeInteger(elementCount(shape)),
    `${name} has the shape [${shape.join(", ")}]`,
  );
}

function elements(tensor: Tensor, name: string): Uint8Array {
  if (tensor.dtype === "string") {
    const count = tensor.strings?.().length;
    must(count === undefined || count === elementCount(tensor.shape), `${name} has ${count} texts`);
    return new Uint8Array();
  }
  const bytes = tensor.bytes();
  must(bytes.length === byteLength(tensor), `${name} has ${bytes.length} bytes of ${byteLength(tensor)}`);
  if (tensor.stored) {
    const { source, offset } = tensor.stored;
    // What is mapped is never seen by us: it must be there, and the same.
    must(Buffer.compare(bytes, source.read(offset, bytes.length)) === 0, `${name} is stored as something else`);
  }
  return bytes;
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
