import { unlessUnread } from "../formats/unreadElements.ts";
import { attribute, type Node, type Program } from "../graph/graph.ts";
import type { Finding } from "../report/report.ts";
import type { CheckedFile } from "./checkedFile.ts";
import { listed } from "./listed.ts";

/** Networks that were exported as they train: they drop at random, or normalise by the samples they are shown together. */
export function trainingMode({ program, notices }: CheckedFile): Finding[] {
  const nodes = program ? trainingNodes(program) : [];
  const said = notices.filter(({ code }) => code.endsWith("/training-mode")).map(({ message }) => message);
  if (nodes.length === 0 && said.length === 0) return [];
  const described = nodes.map(({ op, name, outputs }) => `${op} ${name || (outputs[0] ?? "")}`);
  const evidence = [...said, ...(described.length === 0 ? [] : [`${listed(described)}.`])].join(" ");
  return [trainingModeFinding(evidence)];
}

export function trainingModeFinding(evidence: string): Finding {
  return { code: "check/training-mode", severity: "warning", title: "A network in training mode.", evidence };
}

function trainingNodes({ graph, opsets, functions }: Program): Node[] {
  const version = opsets.get("") ?? 1;
  const constants = new Map([...graph.initializers].map(([name, tensor]) => [name, () => tensor.bytes()[0]]));
  for (const node of graph.nodes) {
    const value = node.op === "Constant" ? attribute(node, "value", "tensor") : undefined;
    if (value) constants.set(node.outputs[0] ?? "", () => value.bytes()[0]);
  }
  const isTrue = (name: string | undefined): boolean => {
    const first = constants.get(name ?? "");
    return first !== undefined && unlessUnread(first) === 1;
  };
  return [...graph.nodes, ...functions.flatMap(({ nodes }) => nodes)].filter((node) => trains(node, version, isTrue));
}

/** The operators' ways of saying so, which changed with operator sets 7, 12 and 14. */
function trains(node: Node, version: number, isTrue: (name: string | undefined) => boolean): boolean {
  if (node.domain !== "") return false;
  if (node.op === "Dropout") return version < 7 ? attribute(node, "is_test", "int") === 0 : isTrue(node.inputs[2]);
  if (node.op !== "BatchNormalization") return false;
  if (version >= 14) return attribute(node, "training_mode", "int") === 1;
  return (
    node.outputs.slice(1).some((output) => output !== "") || (version < 7 && attribute(node, "is_test", "int") === 0)
  );
}
