import type { Attribute, Graph, Node, Program } from "../graph.ts";
import type { DType } from "../tensor.ts";
import type { ProgramFacts } from "./knowledge.ts";

const otherFloats: ReadonlySet<DType | undefined> = new Set<DType>(["float16", "float64", "bfloat16"]);

/** `TensorProto.DataType` of the same, as attributes name them. */
const otherFloatNumbers = new Set([10, 11, 16]);

const otherFloatNames = new Set(["FLOAT16", "DOUBLE", "BFLOAT16"]);

/** Attributes that name the type of a node's output. */
const typeAttributes = new Set(["to", "dtype", "output_dtype", "output_datatype"]);

/** Looks through a whole program, its functions and the graphs inside its control flow; `names` has values and nodes. */
export function programFacts(program: Program): { facts: ProgramFacts; names: Set<string> } {
  const used = new Set<string>();
  const names = new Set<string>();
  let onlyFloat32 = true;

  const sawType = (dtype: DType | undefined): void => {
    if (otherFloats.has(dtype)) onlyFloat32 = false;
  };
  const lookAtAttribute = (name: string, attribute: Attribute): void => {
    if (attribute.type === "graph") lookAtGraph(attribute.value);
    else if (attribute.type === "graphs") attribute.value.forEach(lookAtGraph);
    else if (attribute.type === "tensor") sawType(attribute.value.dtype);
    else if (typeAttributes.has(name)) {
      if (attribute.type === "opaque") onlyFloat32 = false;
      if (attribute.type === "int" && otherFloatNumbers.has(attribute.value)) onlyFloat32 = false;
      if (attribute.type === "string" && otherFloatNames.has(attribute.value)) onlyFloat32 = false;
    }
  };
  const lookAtNode = (node: Node): void => {
    for (const name of node.inputs) used.add(name);
    for (const name of [node.name, ...node.outputs]) names.add(name);
    for (const [name, attribute] of node.attributes) lookAtAttribute(name, attribute);
  };
  const lookAtGraph = (graph: Graph): void => {
    for (const { name, dtype } of [...graph.inputs, ...graph.outputs]) {
      names.add(name);
      sawType(dtype);
    }
    for (const { name } of graph.outputs) used.add(name);
    for (const [name, { dtype }] of [...graph.initializers, ...graph.valueTypes]) {
      names.add(name);
      sawType(dtype);
    }
    graph.nodes.forEach(lookAtNode);
  };

  lookAtGraph(program.graph);
  for (const { inputs, outputs, nodes } of program.functions) {
    for (const name of [...inputs, ...outputs]) names.add(name);
    for (const name of outputs) used.add(name);
    nodes.forEach(lookAtNode);
  }
  return { facts: { onlyFloat32, used }, names };
}
