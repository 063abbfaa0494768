import type { Layers } from "../../lowering/layers/layers.ts";
import { unsupportedOption } from "./config.ts";

/**
 * An activation function by the name that configurations give it (`transformers.activations.ACT2FN`).
 * @param name of its module.
 * @throws Failure `config/unsupported-option`.
 */
export function activation(layers: Layers, name: string, kind: string, x: string): string {
  switch (kind) {
    case "gelu":
    case "gelu_python":
      return layers.gelu(name, x);
    case "gelu_new":
    case "gelu_fast":
    case "gelu_pytorch_tanh":
      return layers.gelu(name, x, "tanh");
    case "quick_gelu":
      return layers.within(name, () => layers.mul(x, layers.sigmoid("", layers.mul(x, layers.builder.floats(1.702)))));
    case "relu":
      return layers.relu(name, x);
    case "silu":
    case "swish":
      return layers.silu(name, x);
    case "tanh":
      return layers.tanh(name, x);
    case "sigmoid":
      return layers.sigmoid(name, x);
    case "linear":
      return x;
    default:
      throw unsupportedOption("hidden_act", kind);
  }
}
