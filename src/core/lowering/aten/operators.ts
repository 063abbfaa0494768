import { activationOperators } from "./activation.ts";
import { arithmeticOperators } from "./arithmetic.ts";
import { attentionOperators } from "./attention.ts";
import { comparisonOperators } from "./comparison.ts";
import { convolutionOperators } from "./convolution.ts";
import { copyOperators } from "./copies.ts";
import { creationOperators } from "./creation.ts";
import { functionOperators } from "./functions.ts";
import { indexingOperators } from "./indexing.ts";
import { linearOperators } from "./linear.ts";
import { normalisationOperators } from "./normalisation.ts";
import type { Operator } from "./operator.ts";
import { partOperators } from "./parts.ts";
import { poolingOperators } from "./pooling.ts";
import { quantisedOperators } from "./quantised.ts";
import { recurrentOperators } from "./recurrent.ts";
import { reductionOperators } from "./reduction.ts";
import { resizingOperators } from "./resizing.ts";
import { shapeOperators } from "./shape.ts";
import { parseSignature } from "./signature.ts";
import { sizeOperators } from "./sizes.ts";

const groups: readonly (readonly Operator[])[] = [
  activationOperators,
  arithmeticOperators,
  attentionOperators,
  comparisonOperators,
  convolutionOperators,
  copyOperators,
  creationOperators,
  functionOperators,
  indexingOperators,
  linearOperators,
  normalisationOperators,
  partOperators,
  poolingOperators,
  quantisedOperators,
  recurrentOperators,
  reductionOperators,
  resizingOperators,
  shapeOperators,
  sizeOperators,
];

const operators = new Map<string, Operator>();
for (const operator of groups.flat()) {
  for (const signature of operator.signatures) {
    const { name } = parseSignature(signature);
    const known = operators.get(name);
    const signatures = [...(known?.signatures ?? []), signature];
    operators.set(name, { ...operator, signatures });
  }
}

/** An operator as it is called. */
export interface FoundOperator {
  readonly operator: Operator;
  /** Whether the result is written into the first argument (`relu_`). */
  readonly inPlace: boolean;
}

/**
 * The operator of a name, with or without its overload; `undefined` where it is not known. The form that works in place has
 * the name of the other and `_` behind it.
 */
export function findOperator(name: string): FoundOperator | undefined {
  const base = name.replace(/\..*$/, "");
  const exact = operators.get(base);
  if (exact) return { operator: exact, inPlace: false };
  const functional = base.endsWith("_") && !base.endsWith("__") ? operators.get(base.slice(0, -1)) : undefined;
  return functional && { operator: functional, inPlace: true };
}

/** Names of all operators that are known, without overloads. */
export function operatorNames(): string[] {
  return [...operators.keys()];
}
