import type { Step } from "./step.ts";

/**
 * A gradient that is zero but for one stretch of one axis, where it is `value`. Several such stretches of one value are
 * joined instead of added.
 */
export interface Part {
  readonly value: string;
  readonly axis: number;
  readonly start: number;
}

/** A gradient with respect to a value: the name of a value of that shape, or a part of one. */
export type Contribution = string | Part;

/**
 * How an operator passes a gradient on: what writes the gradient for each input, in the node's order, called where the
 * input needs one. `undefined` where there is none to write; `zero` where there is one and it is nothing.
 * @throws Failure `gradient/unsupported-op` by {@link Step.refuse} for a form of the operator that has no rule.
 */
export type GradientRule = (step: Step) => readonly ((() => Contribution) | typeof zero | undefined)[];

/** The gradient of what does not change with its input, such as a rounded number. */
export const zero: unique symbol = Symbol("zero");
