import { axisOf, countOf } from "./layout.ts";
import { type Operator, operator } from "./operator.ts";

/** Questions about a tensor that its shape answers, and the elements of those that are known. */
export const sizeOperators: readonly Operator[] = [
  operator(["size.int(Tensor self, int dim)", "sym_size.int(Tensor self, int dim)"], (w, a) => {
    const { shape } = a.tensor("self");
    return shape[axisOf(w, a.number("dim"), shape.length)] ?? 1;
  }),
  operator(["size(Tensor self)", "sym_size(Tensor self)"], (_, a) => [...a.tensor("self").shape]),
  operator(["dim(Tensor self)", "ndimension(Tensor self)"], (_, a) => a.tensor("self").shape.length),
  operator(["numel(Tensor self)", "sym_numel(Tensor self)"], (w, a) => countOf(w, a.tensor("self").shape)),
  operator(["item(Tensor self)", "_local_scalar_dense(Tensor self)"], (w, a) => {
    const { known, dtype } = a.tensor("self");
    if (known?.data.length !== 1) throw w.unsupported("it asks for a number that depends on the samples");
    return dtype === "bool" ? known.data[0] !== 0 : known.data[0]!;
  }),
  operator("is_floating_point(Tensor self)", (_, a) => a.tensor("self").dtype === "float"),
];
