import type { Layer } from "../../formats/keras/model.ts";
import { activationKinds } from "./activations.ts";
import { attentionKinds } from "./attention.ts";
import { convolutionKinds } from "./convolutions.ts";
import { denseKinds } from "./dense.ts";
import type { LayerKind } from "./layerKind.ts";
import { mergingKinds } from "./merging.ts";
import { normalizationKinds } from "./normalization.ts";
import { operationKind } from "./operations.ts";
import { poolingKinds } from "./pooling.ts";
import { preprocessingKinds } from "./preprocessing.ts";
import { recurrentKinds } from "./recurrent.ts";
import { shapingKinds } from "./shaping.ts";
import { wrapperKinds } from "./wrappers.ts";

const kinds: ReadonlyMap<string, LayerKind> = new Map([
  ...activationKinds,
  ...attentionKinds,
  ...convolutionKinds,
  ...denseKinds,
  ...mergingKinds,
  ...normalizationKinds,
  ...poolingKinds,
  ...preprocessingKinds,
  ...recurrentKinds,
  ...shapingKinds,
  ...wrapperKinds,
]);

/** What is known of a layer's class; `undefined` for somebody's own, and for what cannot be written down. */
export function kindOf(layer: Layer): LayerKind | undefined {
  if (layer.registeredName !== "") return undefined;
  return operationKind(layer) ?? (isOperation(layer) ? undefined : kinds.get(layer.className));
}

/** Operations share names with layers: `Add` is a layer in `keras.layers` and a function in `keras.ops`. */
function isOperation({ module }: Layer): boolean {
  return /\bops\b/.test(module);
}
