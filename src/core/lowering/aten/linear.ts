import { int, text } from "../../graph/attributes.ts";
import { binary } from "./arithmetic.ts";
import { promoted, swapped, unsqueeze } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** Rows of a matrix keep their weights as they are stored; tensors of more axes are multiplied by the transposed matrix. */
function linear(w: OnnxWriter, x: Operand, weight: Operand, bias: Operand | undefined): Operand {
  if (x.shape.length === 2 && weight.shape.length === 2) return w.add("Gemm", [x, weight, bias], { transB: int(1) });
  const transposed = weight.shape.length === 2 ? swapped(w, weight, 0, 1) : weight;
  const product = w.add("MatMul", [x, transposed]);
  return bias ? w.add("Add", [product, bias]) : product;
}

function product(w: OnnxWriter, a: Operand, b: Operand): Operand {
  return w.add("MatMul", promoted(w, [a, b]));
}

function times(w: OnnxWriter, x: Operand, factor: number): Operand {
  return factor === 1 ? x : binary(w, "Mul", x, w.scalar(factor, Number.isInteger(factor) ? "int" : "float"));
}

/** Products of matrices. */
export const linearOperators: readonly Operator[] = [
  operator("linear(Tensor input, Tensor weight, Tensor? bias=None)", (w, a) =>
    linear(w, a.tensor("input"), a.tensor("weight"), a.optionalTensor("bias")),
  ),
  operator(["mm(Tensor self, Tensor mat2)", "bmm(Tensor self, Tensor mat2)"], (w, a) =>
    product(w, a.tensor("self"), a.tensor("mat2")),
  ),
  operator("mv(Tensor self, Tensor vec)", (w, a) => product(w, a.tensor("self"), a.tensor("vec"))),
  operator(["matmul(Tensor self, Tensor other)", "__matmul__(Tensor self, Tensor other)"], (w, a) =>
    product(w, a.tensor("self"), a.tensor("other")),
  ),
  operator("dot(Tensor self, Tensor tensor)", (w, a) => product(w, a.tensor("self"), a.tensor("tensor"))),
  operator(["outer(Tensor self, Tensor vec2)", "ger(Tensor self, Tensor vec2)"], (w, a) =>
    binary(w, "Mul", unsqueeze(w, a.tensor("self"), [1]), a.tensor("vec2")),
  ),
  operator("addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1)", (w, a) => {
    const [beta, alpha] = [a.number("beta"), a.number("alpha")];
    if (beta === 1 && alpha === 1) return w.add("Gemm", [a.tensor("mat1"), a.tensor("mat2"), a.tensor("self")]);
    const scaled = times(w, product(w, a.tensor("mat1"), a.tensor("mat2")), alpha);
    return beta === 0 ? scaled : w.add("Add", [times(w, a.tensor("self"), beta), scaled]);
  }),
  operator("baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)", (w, a) => {
    const scaled = times(w, product(w, a.tensor("batch1"), a.tensor("batch2")), a.number("alpha"));
    const beta = a.number("beta");
    return beta === 0 ? scaled : w.add("Add", [times(w, a.tensor("self"), beta), scaled]);
  }),
  operator("einsum(str equation, Tensor[] tensors, *, int[]? path=None)", (w, a) =>
    w.add("Einsum", promoted(w, a.tensors("tensors")), { equation: text(a.text("equation").replaceAll(" ", "")) }),
  ),
];
