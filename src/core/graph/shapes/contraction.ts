import { broadcast, type Call, intOf, mismatch, type Shape, type ShapeRule, shapeAt, textOf, write } from "./value.ts";

/** NumPy's `matmul`: vectors gain an axis that the result loses again, axes before the last two broadcast. */
export function product(call: Call, left: Shape, right: Shape): Shape {
  const a = left.length === 1 ? [1, ...left] : left;
  const b = right.length === 1 ? [...right, 1] : right;
  if (a.at(-1) !== b.at(-2)) throw mismatch(call, `${write([left, right])} cannot be multiplied`);
  const shape = [...broadcast(call, [a.slice(0, -2), b.slice(0, -2)])];
  if (left.length > 1) shape.push(a.at(-2) ?? 1);
  if (right.length > 1) shape.push(b.at(-1) ?? 1);
  return shape;
}

/** `second`: where the right factor stands among the inputs. */
function matMul(second: number): ShapeRule {
  return (call) => [product(call, shapeAt(call, 0), shapeAt(call, second))];
}

const gemm: ShapeRule = (call) => {
  const oriented = (index: number, flag: string) =>
    intOf(call, flag, 0) === 1 ? shapeAt(call, index).toReversed() : shapeAt(call, index);
  return [product(call, oriented(0, "transA"), oriented(1, "transB"))];
};

/** ONNX `Einsum`: implicit output is the letters that occur once, in alphabetical order; `...` broadcasts. */
const einsum: ShapeRule = (call) => {
  const [left = "", right] = textOf(call, "equation", "").replaceAll(" ", "").split("->");
  const sizes = new Map<string, number>();
  const rests: Shape[] = [];
  for (const [index, term] of left.split(",").entries()) {
    const shape = shapeAt(call, index);
    const [before = "", after] = term.split("...");
    const rest = after === undefined ? 0 : shape.length - before.length - after.length;
    const letters = [...before, ...(after ?? "")];
    if (rest < 0 || letters.length + rest !== shape.length) throw mismatch(call, `${write([shape])} as ${term}`);
    rests.push(shape.slice(before.length, before.length + rest));
    const named = shape.toSpliced(before.length, rest);
    for (const [i, letter] of letters.entries()) {
      const known = sizes.get(letter) ?? 1;
      if (known !== 1 && named[i] !== 1 && known !== named[i])
        throw mismatch(call, `${letter} is ${known} and ${named[i]}`);
      sizes.set(letter, Math.max(known, named[i]!));
    }
  }
  const once = (letter: string) => left.split(letter).length === 2;
  const implicit = () => `...${[...sizes.keys()].filter(once).sort().join("")}`;
  const [before = "", after] = (right ?? implicit()).split("...");
  const named = (letters: string) => [...letters].map((letter) => sizes.get(letter) ?? 1);
  if (after === undefined) return [named(before)];
  return [[...named(before), ...broadcast(call, rests), ...named(after)]];
};

/** Recurrent layers: Y is seq × directions × batch × hidden, then the last states; `layout` 1 has the batch first. */
const recurrent: ShapeRule = (call) => {
  const [first = 1, second = 1] = shapeAt(call, 0);
  const [directions = 1, , hidden = 1] = shapeAt(call, 2);
  if (intOf(call, "layout", 0) === 1) {
    const state = [first, directions, hidden];
    return [[first, second, directions, hidden], state, state];
  }
  const state = [directions, second, hidden];
  return [[first, directions, second, hidden], state, state];
};

/** ONNX `Attention`-23: Q, K, V with heads apart (4 axes) or merged (3 axes); output, present key and value, scores. */
const attention: ShapeRule = (call) => {
  const [q, k, v] = [shapeAt(call, 0), shapeAt(call, 1), shapeAt(call, 2)];
  const past = call.inputs[4] ? (shapeAt(call, 4)[2] ?? 0) : 0;
  const apart = (shape: Shape, heads: number): Shape =>
    shape.length === 4 ? shape : [shape[0]!, heads, shape[1]!, shape[2]! / heads];
  const [queryHeads, keyHeads] = [intOf(call, "q_num_heads", q[1]!), intOf(call, "kv_num_heads", k[1]!)];
  const [[n, heads, length] = [], key, value] = [apart(q, queryHeads), apart(k, keyHeads), apart(v, keyHeads)];
  const total = key[2]! + past;
  const depth = value[3]!;
  const output = q.length === 4 ? [n!, heads!, length!, depth] : [n!, length!, heads! * depth];
  return [output, key.with(2, total), value.with(2, total), [n!, heads!, length!, total]];
};

/** Products of matrices and what is made of them. */
export const contractionRules: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ["MatMul", matMul(1)],
  ["MatMulInteger", matMul(1)],
  ["QLinearMatMul", matMul(3)],
  ["Gemm", gemm],
  ["Einsum", einsum],
  ["LSTM", recurrent],
  ["GRU", recurrent],
  ["RNN", recurrent],
  ["Attention", attention],
  ["Det", (call) => [shapeAt(call, 0).slice(0, -2)]],
]);
