import { Failure } from "../../failure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { ByteSource } from "../byteSource.ts";
import type { Checkpoint, Notice } from "../checkpoint.ts";
import { Pt2Architecture } from "./architecture.ts";
import { openPt2, readText } from "./archive.ts";
import { readPayload } from "./payload.ts";
import { type ExportedProgram, readProgram } from "./program.ts";

/**
 * Reads an export of `torch.export.save`, of any layout from PyTorch 2.1 on (format `pt2`): the graph, and the tensors by
 * the names of `state_dict()`.
 * @throws Failure `zip/…`, `pickle/…`, `torch/…`, `pt2/not-pt2`, `pt2/aotinductor-only`, `pt2/no-model`, `pt2/malformed`,
 *   `pt2/union`, `pt2/limit`, `pt2/payload-path`, `pt2/missing-payload`, `pt2/short-payload`, `pt2/dtype`.
 */
export function readPt2(source: ByteSource): Checkpoint {
  try {
    return readExport(source);
  } catch (error) {
    throw error instanceof Failure ? error.in(source.name) : error;
  }
}

function readExport(source: ByteSource): Checkpoint {
  const { archive, program: member, weights: place, constants, model, others } = openPt2(source);
  const payload = readPayload(archive, place);
  const tensors = { weights: payload.tensors, constants: readPayload(archive, constants).tensors };
  const program = readProgram(readText(archive, member));
  const notices: Notice[] = [];
  const notice = (each: Notice) => {
    if (!notices.some(({ code }) => code === each.code)) notices.push(each);
  };
  if (others.length > 0) {
    notice({
      code: "pt2/several-models",
      message: `It holds several models; "${model}" is read, not ${others.join(", ")}.`,
    });
  }
  const facts = new Map<string, string>();
  if (program.torchVersion !== "") facts.set("producer", `PyTorch ${program.torchVersion}`);
  return {
    format: "pt2",
    weights: { tensors: trained(program, tensors.weights), inModuleOrder: payload.inModuleOrder },
    architecture: new Pt2Architecture(source.name, program, tensors, notice),
    provenance: { facts, notices, prefix: "", alternatives: new Map() },
  };
}

/** The parameters and the buffers that are saved, in the payload's order. Older versions keep other constants beside them. */
function trained(program: ExportedProgram, tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const constants = new Set(
    program.inputs.flatMap((input) => ("target" in input && !input.persistent ? [input.target] : [])),
  );
  return new Map([...tensors].filter(([name]) => !constants.has(name)));
}
