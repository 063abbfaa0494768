import type { Network } from "../network.ts";

/** A network as its repository is known to have it. */
export interface FamilyNetwork extends Omit<Network, "evidence"> {
  /** What is known of it that names and shapes do not tell; a sentence. */
  readonly known: string;
}

/** The network, believed in because the names and shapes are those of its family. */
export function ofFamily({ known, ...network }: FamilyNetwork): Network {
  return {
    ...network,
    evidence: (tensors) => `The names and shapes of all ${tensors} tensors are those of ${network.name}. ${known}`,
  };
}
