import { text } from "../../attributes.ts";
import type { GradientRule } from "../rule.ts";
import { expandLike, reshape, type Size, undoBroadcast } from "../shaping.ts";
import type { Step } from "../step.ts";

/**
 * ONNX `Einsum`: the gradient of one operand is an `Einsum` of the gradient and the others. Letters that only that operand
 * has were summed alone, and it is the same all along them.
 */
export const einsum: GradientRule = (step) => {
  const { graph, node } = step;
  const { terms, result } = termsOf(step);
  return node.inputs.map((name, index) => () => {
    const own = terms[index]!;
    if (new Set(own).size !== own.length) step.refuse("of a diagonal");
    const others = terms.filter((_, i) => i !== index);
    const reachable = [...own].filter((letter) => [result, ...others].some((term) => term.includes(letter)));
    const equation = `${[result, ...others].join(",")}->${reachable.join("")}`;
    const inputs = [step.gradient, ...node.inputs.filter((_, i) => i !== index)];
    const summed = graph.add("Einsum", inputs, { equation: text(equation) });
    const sizes = graph.shapeOf(summed);
    const shape = [...own].map((letter): Size => (reachable.includes(letter) ? sizes[reachable.indexOf(letter)]! : 1));
    return undoBroadcast(graph, expandLike(graph, reshape(graph, summed, shape), name), name);
  });
};

/** The equation with a letter for each axis, those behind `...` included. */
function termsOf(step: Step): { readonly terms: readonly string[]; readonly result: string } {
  const equation = step.text("equation", "").replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const free = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"].filter(
    (letter) => !equation.includes(letter),
  );
  const parts = left.split(",");
  const rests = parts.map((part, i) => (part.includes("...") ? step.shape(i).length - part.length + 3 : 0));
  const most = Math.max(...rests);
  const letters = free.slice(0, most).join("");
  const terms = parts.map((part, i) => part.replace("...", letters.slice(most - rests[i]!)));
  const once = [...new Set(left.replace(/[.,]/g, ""))].filter((letter) => left.split(letter).length === 2);
  return { terms, result: (right ?? `...${once.sort().join("")}`).replace("...", letters) };
}
