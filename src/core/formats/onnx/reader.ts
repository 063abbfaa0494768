import { Failure } from "../../failure.ts";
import { checkProgram } from "../../graph/check.ts";
import type { FunctionDefinition, Graph, Program } from "../../graph/graph.ts";
import type { ByteSource, SiblingFiles } from "../byteSource.ts";
import { Cursor } from "./cursor.ts";
import { ExternalData } from "./externalData.ts";
import { looksLikeModel } from "./looksLikeModel.ts";
import { readEntry } from "./readEntry.ts";
import { readFunction, readGraph, readOpset } from "./readGraph.ts";
import { modelField } from "./schema.ts";
import { WireFile } from "./wireFile.ts";

/** The newest operator set of ONNX's own domain that the engine is known to run. */
export const newestOpset = 26;

/**
 * Reads an ONNX model (opset 1 to 26). Weights stay where they are, in the file or in the files beside it, until they are
 * asked for; operators that the engine cannot run are no reason to refuse the file ({@link unsupportedOperators} lists
 * them).
 * @throws Failure `onnx/not-onnx`, `onnx/truncated`, `onnx/malformed`, `onnx/limit`, `onnx/opset-too-new`,
 *   `onnx/bad-dims`, `onnx/tensor-size`, `onnx/dtype`, `onnx/external-missing`, `onnx/external-short`,
 *   `onnx/sparse-initializer`, `path/…` for external data outside the folder, and those of {@link checkProgram}.
 */
export function readOnnx(source: ByteSource, siblings: SiblingFiles): Program {
  try {
    const file = new WireFile(source);
    if (!looksLikeModel(new Cursor(file))) {
      throw new Failure("onnx/not-onnx", "This is not an ONNX model.", {
        hint: "An ONNX model begins with its version and holds a graph; this file does not.",
      });
    }
    const program = readModel(new Cursor(file), new ExternalData(siblings));
    checkProgram(program);
    return program;
  } catch (error) {
    throw error instanceof Failure ? error.in(source.name) : error;
  }
}

function readModel(cursor: Cursor, external: ExternalData): Program {
  const opsets = new Map<string, number>();
  const functions: FunctionDefinition[] = [];
  const metadata = new Map<string, string>();
  let irVersion = 0;
  let producer = "";
  let producerVersion = "";
  let graph: Graph | undefined;
  while (cursor.next()) {
    switch (cursor.field) {
      case modelField.irVersion:
        irVersion = cursor.int();
        break;
      case modelField.producerName:
        producer = cursor.text();
        break;
      case modelField.producerVersion:
        producerVersion = cursor.text();
        break;
      case modelField.graph:
        graph = readGraph(cursor.message(), external, 0);
        break;
      case modelField.opsetImport:
        readOpset(cursor.message(), opsets);
        break;
      case modelField.metadata:
        readEntry(cursor.message(), metadata);
        break;
      case modelField.functions:
        functions.push(readFunction(cursor.message(), external));
    }
  }
  if (graph === undefined) throw new Failure("onnx/not-onnx", "This is not an ONNX model: it holds no graph.");
  checkOpsets(opsets, irVersion);
  return { graph, irVersion, opsets, functions, producer: `${producer} ${producerVersion}`.trim(), metadata };
}

/** From IR version 3 on a model names its operator sets; before, it means version 1. */
function checkOpsets(opsets: Map<string, number>, irVersion: number): void {
  if (opsets.size === 0 && irVersion < 3) opsets.set("", 1);
  if (opsets.size === 0) {
    throw new Failure("onnx/truncated", "The model does not say which operator set it uses: its end is missing.", {
      hint: "It may still be written, or a copy was cut off: try again when it is complete.",
    });
  }
  const opset = opsets.get("");
  if (opset === undefined) return;
  if (opset > newestOpset) {
    throw new Failure(
      "onnx/opset-too-new",
      `The model uses operator set ${opset}; ${newestOpset} is the newest known.`,
      {
        hint: `Export it with opset ${newestOpset} or lower.`,
      },
    );
  }
  if (opset < 1) throw new Failure("onnx/malformed", `The model uses operator set ${opset}, which does not exist.`);
}
