import { float, int } from "../../attributes.ts";
import type { Tensor } from "../../tensor.ts";
import { transposed } from "../../tensorViews.ts";
import type { BackwardGraph } from "../backwardGraph.ts";
import type { GradientRule } from "../rule.ts";
import { permute, reshape, reshapeLike, type Size, undoBroadcast } from "../shaping.ts";
import type { Step } from "../step.ts";

/** ONNX `Gemm`: α A' B' + β C. */
const gemm: GradientRule = (step) => {
  const { graph, gradient: g } = step;
  const [a, b] = [step.input(0), step.input(1)];
  const [turnedA, turnedB] = [step.int("transA", 0) === 1, step.int("transB", 0) === 1];
  const product = (left: string, right: string, transA: boolean, transB: boolean) =>
    graph.add("Gemm", [left, right], {
      alpha: float(step.float("alpha", 1)),
      transA: int(transA ? 1 : 0),
      transB: int(transB ? 1 : 0),
    });
  return [
    () => (turnedA ? product(b, g, turnedB, true) : product(g, b, false, !turnedB)),
    () => (turnedB ? product(g, a, true, turnedA) : product(a, g, !turnedA, false)),
    () => {
      const beta = step.float("beta", 1);
      return undoBroadcast(graph, beta === 1 ? g : graph.add("Mul", [g, graph.floats(beta, g)]), step.input(2));
    },
  ];
};

/** ONNX `MatMul`: matrices in the last two axes, those before them broadcast; a vector is a row or a column. */
const matMul: GradientRule = (step) => {
  const { graph } = step;
  const [a, b] = [step.input(0), step.input(1)];
  const [shapeA, shapeB] = [graph.shapeOf(a), graph.shapeOf(b)];
  const [rowA, columnB] = [shapeA.length === 1, shapeB.length === 1];
  const matrixA = rowA ? reshape(graph, a, [1, ...shapeA]) : a;
  const matrixB = columnB ? reshape(graph, b, [...shapeB, 1]) : b;
  const g = asMatrix(step, rowA, columnB);
  return [
    () => {
      const own = graph.add("MatMul", [g, turned(graph, matrixB)]);
      return reshapeLike(graph, undoBroadcast(graph, own, matrixA), a);
    },
    () => reshapeLike(graph, rightGradient(graph, matrixA, matrixB, g), b),
  ];
};

/** The gradient with the axes that vectors took from the result. */
function asMatrix(step: Step, rowA: boolean, columnB: boolean): string {
  const { graph, gradient } = step;
  if (!rowA && !columnB) return gradient;
  const shape = [...graph.shapeOf(gradient)];
  if (rowA) shape.splice(columnB ? shape.length : shape.length - 1, 0, 1);
  if (columnB) shape.push(1);
  return reshape(graph, gradient, shape);
}

/** Aᵀ G; where one matrix serves all rows, as one product of all of them. */
function rightGradient(graph: BackwardGraph, a: string, b: string, g: string): string {
  const [shapeA, shapeB] = [graph.shapeOf(a), graph.shapeOf(b)];
  if (shapeB.length === 2) {
    const rows = (value: string, columns: Size) => reshape(graph, value, ["?", columns]);
    return graph.add("Gemm", [rows(a, shapeA.at(-1)!), rows(g, shapeB[1]!)], { transA: int(1) });
  }
  return undoBroadcast(graph, graph.add("MatMul", [turned(graph, a), g]), b);
}

/** The last two axes exchanged; a constant matrix is kept in that form. */
function turned(graph: BackwardGraph, value: string): string {
  const rank = graph.shapeOf(value).length;
  const tensor: Tensor | undefined = rank === 2 ? graph.tensorOf(value) : undefined;
  if (tensor) return graph.share(`transposed ${value}`, () => transposed(tensor));
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return permute(graph, value, order.with(rank - 2, rank - 1).with(rank - 1, rank - 2));
}

/** Products of matrices. */
export const matrixRules: ReadonlyMap<string, GradientRule> = new Map([
  ["Gemm", gemm],
  ["MatMul", matMul],
]);
