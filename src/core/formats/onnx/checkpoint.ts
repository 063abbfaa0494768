import type { Architecture } from "../../architectures/architecture.ts";
import type { Program } from "../../graph/graph.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import { type Checkpoint, noProvenance } from "../checkpoint.ts";
import { readOnnx } from "./reader.ts";

/**
 * An ONNX file as a checkpoint: graph and weights in one.
 * @throws Failure as {@link readOnnx}.
 */
export function readOnnxCheckpoint(source: ByteSource, siblings: SiblingFiles): Checkpoint {
  const program = readOnnx(source, siblings);
  const architecture: Architecture = {
    source: "file",
    name: program.graph.name,
    evidence: "the ONNX file holds the graph",
    program: () => program,
  };
  return {
    format: "onnx",
    weights: { tensors: program.graph.initializers, inModuleOrder: false },
    architecture,
    provenance: { ...noProvenance, facts: factsOf(program) },
  };
}

function factsOf({ producer, irVersion, opsets, metadata }: Program): ReadonlyMap<string, string> {
  const versions = [...opsets].map(([domain, version]) => `${domain === "" ? "ai.onnx" : domain} ${version}`);
  return new Map([
    ...(producer === "" ? [] : [["producer", producer] as const]),
    ["operator sets", versions.join(", ")],
    ["IR version", String(irVersion)],
    ...metadata,
  ]);
}
