import { Failure } from "../../failure.ts";
import type { Node } from "../graph.ts";
import { describe } from "../operators.ts";

/** What stands in the way of a gradient, gathered on the way back so that all of it can be told at once, in the graph's order. */
export class Refusals {
  readonly #found = new Map<string, { node: Node; form: string; nodes: string[] }>();

  /** @param form of the operator that has no gradient (`in training mode`); `""` where it has none in any form. */
  add(node: Node, form: string): void {
    const key = [node.domain, node.op, form].join("\n");
    const entry = this.#found.get(key) ?? { node, form, nodes: [] };
    entry.nodes.push(node.name || node.outputs[0] || "");
    this.#found.set(key, entry);
  }

  /** @throws Failure `gradient/unsupported-op` with every operator and its nodes, where there are any. */
  throwAny(): void {
    if (this.#found.size === 0) return;
    const all = [...this.#found.values()].toReversed().map(({ node: { domain, op }, form, nodes: reversed }) => {
      const nodes = reversed.toReversed();
      const named = describe({ domain, op, count: nodes.length, nodes });
      return form === "" ? named : `${named}, ${form}`;
    });
    throw new Failure("gradient/unsupported-op", `No gradient can be taken through ${all.join("; ")}.`, {
      hint: "Choose a layer before these operators, or a network without them.",
    });
  }
}
