import type { StoreParams } from "../../protocol/compute.ts";
import { gramStore } from "../store/stores.ts";

/** Tells how many bytes a Gram store holds and, where asked, empties it. */
export async function store(params: StoreParams): Promise<number> {
  const grams = gramStore(params);
  const bytes = await grams.size();
  if (params.clear) await grams.clear();
  return bytes;
}
