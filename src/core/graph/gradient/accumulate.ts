import { int } from "../attributes.ts";
import type { BackwardGraph } from "./backwardGraph.ts";
import type { Contribution, Part } from "./rule.ts";
import { padAxis } from "./shaping.ts";

/** The gradient with respect to a value: the sum of what all its uses contribute. */
export function accumulate(graph: BackwardGraph, value: string, contributions: readonly Contribution[]): string {
  const whole = contributions.filter((contribution) => typeof contribution === "string");
  const parts = contributions.filter((contribution) => typeof contribution !== "string");
  const joined = disjoint(graph, parts).map((group) => join(graph, value, group));
  // Sums of two, since the runtime fuses such a sum into the convolution that makes one of its terms.
  return [...whole, ...joined].reduce((sum, term) => graph.add("Add", [sum, term]));
}

/** Parts sorted into groups along one axis whose members do not overlap, each in the order of their places. */
function disjoint(graph: BackwardGraph, parts: readonly Part[]): readonly (readonly Part[])[] {
  const groups: Part[][] = [];
  for (const part of parts.toSorted((a, b) => a.axis - b.axis || a.start - b.start)) {
    const group = groups.find((other) => {
      const last = other.at(-1)!;
      return last.axis === part.axis && endOf(graph, last) <= part.start;
    });
    if (group) group.push(part);
    else groups.push([part]);
  }
  return groups;
}

function join(graph: BackwardGraph, value: string, group: readonly Part[]): string {
  const { axis, start: first } = group[0]!;
  const size = graph.shapeOf(value)[axis] as number;
  const pieces = group.map((part, i) => {
    const next = group[i + 1]?.start ?? size;
    return padAxis(graph, part.value, axis, i === 0 ? first : 0, next - endOf(graph, part));
  });
  return pieces.length === 1 ? pieces[0]! : graph.add("Concat", pieces, { axis: int(axis) });
}

function endOf(graph: BackwardGraph, { value, axis, start }: Part): number {
  return start + (graph.shapeOf(value)[axis] as number);
}
