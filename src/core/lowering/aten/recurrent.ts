import { int, text } from "../../graph/attributes.ts";
import type { Arguments } from "./arguments.ts";
import { concat, reshape, sizeAt, slice, swapped, unsqueeze } from "./layout.ts";
import { evaluates } from "./normalisation.ts";
import type { Operand } from "./operand.ts";
import { type Operator, operator, type Result } from "./operator.ts";
import type { OnnxWriter } from "./writer.ts";

/** A kind of recurrent layer: its ONNX operator, and where ONNX has each of its gates in PyTorch's order. */
interface Cell {
  readonly op: "LSTM" | "GRU" | "RNN";
  readonly gates: readonly number[];
  readonly activation?: "Tanh" | "Relu";
}

/** PyTorch: input, forget, cell, output; ONNX: input, output, forget, cell. */
const lstm: Cell = { op: "LSTM", gates: [0, 3, 1, 2] };
/** PyTorch: reset, update, new; ONNX: update, reset, hidden. */
const gru: Cell = { op: "GRU", gates: [1, 0, 2] };

/** Rows of a gate matrix in ONNX's order. */
function ordered(w: OnnxWriter, x: Operand, { gates }: Cell): Operand {
  if (gates.length === 1) return x;
  const rows = sizeAt(w, x, 0) / gates.length;
  return concat(
    w,
    gates.map((gate) => slice(w, x, 0, gate * rows, (gate + 1) * rows)),
    0,
  );
}

/** All layers, one behind the other; both directions of a layer are one operator. */
function recurrent(w: OnnxWriter, a: Arguments, cell: Cell): Result {
  const states = cell.op === "LSTM" ? a.tensors("hx") : [a.tensor("hx")];
  const parameters = a.tensors("params");
  const [layers, hasBiases] = [a.number("num_layers"), a.flag("has_biases")];
  const directions = a.flag("bidirectional") ? 2 : 1;
  if (a.flag("train") && a.number("dropout") > 0) evaluates(w);
  const each = parameters.length / (layers * directions);
  if (each !== (hasBiases ? 4 : 2)) throw w.unsupported("its layers have projections");
  const hidden = sizeAt(w, parameters[1]!, 1);
  const batchFirst = a.flag("batch_first");
  const input = a.tensor("input");
  if (input.shape.length !== 3) throw w.unsupported("it takes a single sample without the samples' axis");
  let x = batchFirst ? swapped(w, input, 0, 1) : input;
  const finals: Operand[][] = states.map(() => []);
  for (let layer = 0; layer < layers; layer++) {
    const sets = Array.from({ length: directions }, (_, d) =>
      parameters.slice((layer * directions + d) * each).slice(0, each),
    );
    const stacked = (pick: (set: readonly Operand[]) => Operand) =>
      concat(
        w,
        sets.map((set) => unsqueeze(w, pick(set), [0])),
        0,
      );
    const bias = hasBiases
      ? stacked((set) => concat(w, [ordered(w, set[2]!, cell), ordered(w, set[3]!, cell)], 0))
      : undefined;
    const initial = states.map((state) => slice(w, state, 0, layer * directions, (layer + 1) * directions));
    const weights = [stacked((set) => ordered(w, set[0]!, cell)), stacked((set) => ordered(w, set[1]!, cell))];
    const outputs = w.addAll(
      cell.op,
      [x, ...weights, bias, undefined, ...initial],
      {
        hidden_size: int(hidden),
        direction: text(directions === 2 ? "bidirectional" : "forward"),
        // PyTorch adds the hidden state's bias before the reset gate multiplies.
        ...(cell.op === "GRU" && { linear_before_reset: int(1) }),
        ...(cell.activation && {
          activations: { type: "strings", value: Array.from({ length: directions }, () => cell.activation!) } as const,
        }),
      },
      1 + states.length,
    );
    // Steps × directions × samples × hidden: the directions' results stand behind one another.
    const [length, , samples] = outputs[0]!.shape;
    x = reshape(w, swapped(w, outputs[0]!, 1, 2), [length!, samples!, directions * hidden]);
    for (const [i, final] of finals.entries()) final.push(outputs[i + 1]!);
  }
  return [batchFirst ? swapped(w, x, 0, 1) : x, ...finals.map((final) => concat(w, final, 0))];
}

const settings =
  "Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first";

/** Recurrent layers over whole sequences of one length. */
export const recurrentOperators: readonly Operator[] = [
  operator(`lstm.input(Tensor input, Tensor[] hx, ${settings})`, (w, a) => recurrent(w, a, lstm)),
  operator(`gru.input(Tensor input, Tensor hx, ${settings})`, (w, a) => recurrent(w, a, gru)),
  operator(`rnn_tanh.input(Tensor input, Tensor hx, ${settings})`, (w, a) =>
    recurrent(w, a, { op: "RNN", gates: [0], activation: "Tanh" }),
  ),
  operator(`rnn_relu.input(Tensor input, Tensor hx, ${settings})`, (w, a) =>
    recurrent(w, a, { op: "RNN", gates: [0], activation: "Relu" }),
  ),
];
