import { int } from "../../graph/attributes.ts";
import { batchAxis } from "../../graph/builder.ts";
import type { Layers } from "../../lowering/layers/layers.ts";
import type { TokenRow } from "../../tokens/tokenRows.ts";

/** Symbol of the tokens' axis. */
export const sequenceAxis = "sequence";
/** What stands for it while shapes are inferred. */
const trialLength = 7;
/** What is added to a score that must not count: the least float32, as transformers has it. */
const least = -3.4028234663852886e38;

/** An input of batch × sequence, int64. */
export function tokenInput({ builder }: Layers, name: TokenRow): string {
  return builder.input(name, "int64", [batchAxis, sequenceAxis], { [sequenceAxis]: trialLength });
}

/** 0, 1, … T − 1: int64, T. */
export function positions({ builder }: Layers, ids: string): string {
  const shape = builder.add("Shape", [ids], { start: int(1), end: int(2) });
  const length = builder.add("Squeeze", [shape, builder.ints([0])]);
  return builder.add("Range", [builder.ints(0), length, builder.ints(1)]);
}

/** The rows of a table: `Embedding`. */
export function embedding(layers: Layers, name: string, ids: string, width?: number): string {
  return layers.within(name, () => {
    const table = layers.parameter("weight", [undefined, width]);
    return layers.builder.add("Gather", [table, ids]);
  });
}

/** What is added to attention scores, batch × 1 × 1 × T: 0 where the mask lets a token be seen. */
export function paddingBias({ builder }: Layers, mask: string): string {
  const seen = builder.add("Cast", [mask], { to: int(9) });
  return bias(builder.add("Unsqueeze", [seen, builder.ints([1, 2])]), { builder });
}

/**
 * What is added to the attention scores of a decoder, batch × 1 × T × T: 0 where the mask lets a token be seen and it is no
 * later one.
 * @param window how many tokens, its own among them, a token sees; all before it where not given.
 */
export function causalBias(layers: Layers, ids: string, mask: string, window?: number): string {
  const { builder } = layers;
  const order = positions(layers, ids);
  const [query, key] = [1, 0].map((axis) => builder.add("Unsqueeze", [order, builder.ints([axis])]));
  let seen = builder.add("LessOrEqual", [key!, query!]);
  if (window !== undefined) {
    const distance = builder.add("Sub", [query!, key!]);
    seen = builder.add("And", [seen, builder.add("Less", [distance, builder.ints(window)])]);
  }
  const open = builder.add("Unsqueeze", [builder.add("Cast", [mask], { to: int(9) }), builder.ints([1, 2])]);
  return bias(builder.add("And", [seen, open]), layers);
}

function bias(seen: string, { builder }: Pick<Layers, "builder">): string {
  return builder.add("Where", [seen, builder.floats(0), builder.floats(least)]);
}

/** The first token: batch × d. */
export function firstToken(layers: Layers, states: string): string {
  return tokenAt(layers, states, 0);
}

/** The token at a position, counted from the end where it is below 0: batch × d. */
export function tokenAt({ builder }: Layers, states: string, position: number): string {
  return builder.add("Gather", [states, builder.ints(position)], { axis: int(1) });
}

/**
 * The last token that is not `pad`, batch × d, as decoders with a classifier read it; the last one where no id fills
 * sequences up.
 */
export function lastToken(layers: Layers, states: string, ids: string, pad: number | undefined): string {
  const { builder } = layers;
  if (pad === undefined) return tokenAt(layers, states, -1);
  const isFilled = builder.add("Not", [builder.add("Equal", [ids, builder.ints(pad)])]);
  const order = builder.add("Mul", [builder.add("Cast", [isFilled], { to: int(7) }), positions(layers, ids)]);
  const last = builder.add("ArgMax", [order], { axis: int(1), keepdims: int(1) });
  return builder.add("GatherND", [states, last], { batch_dims: int(1) });
}
