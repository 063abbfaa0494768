import { Failure } from "../../core/failure.ts";
import { makeNode, type Program, type ValueInfo } from "../../core/graph/graph.ts";
import type { DType } from "../../core/graph/tensor.ts";
import type { Values } from "../backends/backend.ts";

/** Element types that a network may take its samples in, by how they are fed. */
const widened: ReadonlySet<DType | undefined> = new Set(["float16", "bfloat16", "float64", "uint8", "int8"]);

/**
 * The program with its sample input as float32, int64 or int32, which is what the engine is fed: for other types a cast
 * behind the input does what the caller would otherwise have to.
 */
export function feedable(program: Program, inputName: string): Program {
  const input = program.graph.inputs.find(({ name }) => name === inputName);
  if (!input || !widened.has(input.dtype)) return program;
  const inner = `likeness::${inputName}`;
  const rename = (name: string) => (name === inputName ? inner : name);
  const to = castTargets.get(input.dtype ?? "") ?? 1;
  const cast = makeNode("Cast", [inputName], [inner], { to: { type: "int", value: to } });
  const nodes = program.graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename) }));
  const inputs = program.graph.inputs.map((each) =>
    each.name === inputName ? { ...each, dtype: "float32" as const } : each,
  );
  return { ...program, graph: { ...program.graph, inputs, nodes: [cast, ...nodes] } };
}

/** ONNX's numbers of the element types a cast goes to. */
const castTargets: ReadonlyMap<string, number> = new Map([
  ["float16", 10],
  ["bfloat16", 16],
  ["float64", 11],
  ["uint8", 2],
  ["int8", 3],
]);

/**
 * Samples as the input takes them.
 * @throws Failure `inputs/type` where the input holds something that no probe gives, such as text.
 */
export function asFeed(input: ValueInfo, shape: readonly number[], values: Float32Array): Values {
  if (input.dtype === "float32" || widened.has(input.dtype)) return { shape, data: values };
  if (input.dtype === "int64") return { shape, data: BigInt64Array.from(values, (value) => BigInt(Math.round(value))) };
  if (input.dtype === "int32") return { shape, data: Int32Array.from(values) };
  throw new Failure("inputs/type", `The input ${input.name} takes ${input.dtype ?? "values of unknown type"}.`, {
    hint: "Inputs of floating-point numbers or token ids can be fed.",
  });
}
