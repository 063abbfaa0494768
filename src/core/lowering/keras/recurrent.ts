import type { Settings } from "../../formats/keras/settings.ts";
import { int, text } from "../../graph/attributes.ts";
import type { Attribute } from "../../graph/graph.ts";
import { activationName } from "./activations.ts";
import type { LayerCall } from "./layerCall.ts";
import { heldBy, type LayerKind, trained, type WeightSlot } from "./layerKind.ts";
import type { KerasValue } from "./value.ts";

/** A kind of recurrent cell. */
interface Cell {
  readonly operator: "LSTM" | "GRU" | "RNN";
  /** Order of the gates in ONNX, by their places in Keras. */
  readonly gates: readonly number[];
}

/** Keras: input, forget, cell, output; ONNX: input, output, forget, cell. The gates of GRU stand alike: update, reset, new. */
const cells: ReadonlyMap<string, Cell> = new Map([
  ["LSTM", { operator: "LSTM", gates: [0, 3, 1, 2] }],
  ["GRU", { operator: "GRU", gates: [0, 1, 2] }],
  ["SimpleRNN", { operator: "RNN", gates: [0] }],
]);

/** Functions that the operators know by name; their parameters are ONNX's defaults. */
const functions: ReadonlyMap<string, string> = new Map([
  ["tanh", "Tanh"],
  ["sigmoid", "Sigmoid"],
  ["relu", "Relu"],
  ["hard_sigmoid", "HardSigmoid"],
  ["linear", "Affine"],
  ["softsign", "Softsign"],
  ["softplus", "Softplus"],
  ["elu", "Elu"],
]);

/** What one direction computes: its settings, where its weights are, and whether it reads from the end. */
export interface Direction {
  readonly className: string;
  readonly settings: Settings;
  /** Before the names of its weights: `forward/`. */
  readonly prefix: string;
  readonly backwards: boolean;
}

/** What a direction gives: every step, N × T × H in the order of time, and the last states, N × H. */
export interface Sequence {
  readonly steps: string;
  readonly states: readonly string[];
}

/** Weights of a recurrent layer; Keras 3 keeps them in the cell. */
export function recurrentWeights(settings: Settings): WeightSlot[] {
  const bias = settings.flag("use_bias", true) ? ["bias"] : [];
  return heldBy("cell", "", trained("kernel", "recurrent_kernel", ...bias));
}

/** Whether a class is a recurrent layer, and whether its functions are known. */
export function isRecurrent(className: string): boolean {
  return cells.has(className);
}

/** Names of functions that the operators do not know. */
export function unknownFunctions(settings: Settings): string[] {
  return [settings.raw("activation"), settings.raw("recurrent_activation")]
    .filter((value) => value !== undefined)
    .map(activationName)
    .filter((name) => !functions.has(name));
}

/**
 * One pass over a sequence.
 * @param initial states to begin with, N × H; zeros where there are none
 */
export function runDirection(
  call: LayerCall,
  x: KerasValue,
  direction: Direction,
  initial: readonly string[],
): Sequence {
  const { builder } = call;
  const { settings, prefix, backwards } = direction;
  const cell = cells.get(direction.className)!;
  const count = cell.gates.length;
  const units = settings.size("units");
  const [, features = 0, ...more] = call.sizes(x);
  if (more.length > 0 || call.sizes(x).length !== 2) call.refuseInput("no sequence of vectors");
  if (x.mask !== undefined) throw call.unsupported("skips the steps of a mask");
  const resetAfter = cell.operator === "GRU" && settings.flag("reset_after", false);
  const kernel = call.weight(`${prefix}kernel`, [features, count * units]);
  const recurrent = call.weight(`${prefix}recurrent_kernel`, [units, count * units]);
  const zeros = call.filled(0, [count * units]);
  let biases = [zeros, zeros];
  if (settings.flag("use_bias", true)) {
    const bias = call.weight(`${prefix}bias`, resetAfter ? [2, count * units] : [count * units]);
    biases = resetAfter
      ? builder
          .addAll("Split", [bias], { axis: int(0), num_outputs: int(2) }, 2)
          .map((each) => call.reshape(each, [-1]))
      : [bias, zeros];
  }
  const operands = [
    call.transpose(call.kerasOrder(x), [1, 0, 2]),
    asRows(call, kernel, cell.gates),
    asRows(call, recurrent, cell.gates),
    call.reshape(
      call.add(
        "Concat",
        biases.map((each) => reordered(call, each, cell.gates, 0)),
        { axis: int(0) },
      ),
      [1, -1],
    ),
    "",
    ...initial.map((state) => call.add("Unsqueeze", [state, builder.ints([0])])),
  ];
  const [all, ...last] = builder.addAll(
    cell.operator,
    operands,
    {
      hidden_size: int(units),
      direction: text(backwards ? "reverse" : "forward"),
      ...functionsOf(call, settings, cell),
      ...(cell.operator === "GRU" && { linear_before_reset: int(resetAfter ? 1 : 0) }),
    },
    cell.operator === "LSTM" ? 3 : 2,
  );
  const steps = call.transpose(call.add("Squeeze", [all!, builder.ints([1])]), [1, 0, 2]);
  return { steps, states: last.map((state) => call.add("Squeeze", [state, builder.ints([0])])) };
}

/** The functions, in the order of the operator: those of the gates first. */
function functionsOf(call: LayerCall, settings: Settings, { operator }: Cell): Record<string, Attribute> {
  const usual = operator === "RNN" ? [] : [activationName(settings.raw("recurrent_activation") ?? "sigmoid")];
  const inner = activationName(settings.raw("activation") ?? "tanh");
  const names = [...usual, ...new Array<string>(operator === "LSTM" ? 2 : 1).fill(inner)];
  const known = names.map((name) => functions.get(name));
  const missing = known.indexOf(undefined);
  if (missing >= 0) throw call.unsupported(`uses the function "${names[missing]}"`);
  const slopes = names.map((name) => {
    if (name !== "hard_sigmoid") return 1;
    return call.context.kerasVersion >= 3 ? 1 / 6 : 0.2;
  });
  return {
    activations: { type: "strings", value: known as string[] },
    // Read by those functions alone that have parameters.
    ...(names.some((name) => ["hard_sigmoid", "linear", "elu"].includes(name)) && {
      activation_alpha: { type: "floats", value: slopes } as const,
      activation_beta: { type: "floats", value: names.map((name) => (name === "hard_sigmoid" ? 0.5 : 0)) } as const,
    }),
  };
}

/** A matrix of in × (gates · units) as ONNX takes it: 1 × (gates · units) × in, in its order of the gates. */
function asRows(call: LayerCall, matrix: string, gates: readonly number[]): string {
  return call.add("Unsqueeze", [call.transpose(reordered(call, matrix, gates, 1), [1, 0]), call.builder.ints([0])]);
}

function reordered(call: LayerCall, value: string, gates: readonly number[], axis: number): string {
  if (gates.every((gate, i) => gate === i)) return value;
  const parts = call.builder.addAll(
    "Split",
    [value],
    { axis: int(axis), num_outputs: int(gates.length) },
    gates.length,
  );
  return call.add(
    "Concat",
    gates.map((gate) => parts[gate]!),
    { axis: int(axis) },
  );
}

function recurrent(call: LayerCall): readonly KerasValue[] {
  const { settings } = call;
  const [x, ...states] = call.inputs;
  if (!x) return call.refuseInput("nothing");
  const backwards = settings.flag("go_backwards", false);
  const direction = { className: call.layer.className, settings, prefix: "", backwards };
  const initial = states.length > 0 ? states : (namedStates(call) ?? []);
  const sequence = runDirection(
    call,
    x,
    direction,
    initial.map((state) => call.kerasOrder(state)),
  );
  const value = settings.flag("return_sequences", false)
    ? backwards
      ? reversed(call, sequence.steps)
      : sequence.steps
    : sequence.states[0]!;
  const given = settings.flag("return_state", false) ? sequence.states : [];
  return [value, ...given].map((each) => ({ value: each, moved: false }));
}

function namedStates(call: LayerCall): readonly KerasValue[] | undefined {
  const found = call.named.get("initial_state");
  if (found?.kind === "tensor") return [found.value];
  if (found?.kind !== "list") return undefined;
  return found.items.flatMap((item) => (item.kind === "tensor" ? [item.value] : []));
}

/** Steps in the other order: a layer that goes backwards gives them as it met them. */
export function reversed(call: LayerCall, value: string): string {
  const { builder } = call;
  return call.add("Slice", [
    value,
    builder.ints([-1]),
    builder.ints([-(2 ** 53)]),
    builder.ints([1]),
    builder.ints([-1]),
  ]);
}

/** Recurrent layers by class. */
export const recurrentKinds: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>(
  [...cells.keys()].map((name) => [name, { weights: recurrentWeights, lower: recurrent }] as const),
);
