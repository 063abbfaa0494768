/** Rows of one token sample as a network's single input holds them, each T numbers long. */
export type TokenRow = "input_ids" | "attention_mask" | "token_type_ids" | "position_ids";

/** Names of the inputs that go with token ids, as transformers calls them; each is batch × sequence. */
export const companionRows: readonly TokenRow[] = ["attention_mask", "token_type_ids", "position_ids"];

/** Whether an input of that name goes with token ids. */
export function isCompanion(name: string): boolean {
  return companionRows.some((row) => row === name);
}

/** What a probe of plain ids holds. */
export const idsOnly: readonly TokenRow[] = ["input_ids"];

/**
 * A batch of token samples with the rows that a network wants. Rows that the probe lacks are the usual ones: a mask of ones,
 * or of zeros where the id is `pad`; types 0; positions 0, 1, ….
 *
 * @param samples `count × given × T`.
 * @returns `count × wanted × T`.
 */
export function tokenRows(
  samples: Float32Array,
  count: number,
  given: readonly TokenRow[],
  wanted: readonly TokenRow[],
  pad: number | undefined,
): Float32Array<ArrayBuffer> {
  const length = count === 0 ? 0 : samples.length / count / given.length;
  const out = new Float32Array(count * wanted.length * length);
  for (let sample = 0; sample < count; sample++) {
    const start = sample * given.length * length;
    const ids = samples.subarray(start, start + length);
    for (const [position, row] of wanted.entries()) {
      const target = out.subarray((sample * wanted.length + position) * length).subarray(0, length);
      const at = given.indexOf(row);
      if (at >= 0) target.set(samples.subarray(start + at * length, start + (at + 1) * length));
      else if (row === "attention_mask") for (let t = 0; t < length; t++) target[t] = ids[t] === pad ? 0 : 1;
      else if (row === "position_ids") for (let t = 0; t < length; t++) target[t] = t;
    }
  }
  return out;
}
