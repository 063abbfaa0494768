import type { Proposal } from "../../core/probe/preprocessing.ts";
import type { Backend } from "../backends/backend.ts";
import type { DigestCache } from "../digests/digestCache.ts";
import type { Probe } from "../probe/probe.ts";
import type { OpenModel } from "./openModel.ts";
import { hasBatchNorms, mostPlausibleInput } from "./plausibleInput.ts";

/**
 * Opens a model with the preprocessing that is known for it or, where none is, with the usual one under which its batch
 * norms see what they saw in training. What was found once is remembered with the files' digests.
 *
 * @param open opens the model, with a proposal where there is one.
 */
export async function withProposal(
  open: (proposal?: Proposal) => OpenModel,
  backend: Backend,
  probe: Probe,
  digests: DigestCache,
  signal: AbortSignal,
): Promise<OpenModel> {
  const model = open();
  if (model.preprocessing.source !== "none" || probe.synthetic || probe.kind !== "image") return model;
  if (!hasBatchNorms(model)) return model;
  const purpose = `preprocessing for ${probe.digest}`;
  const { proposal } = await digests.remember(model.file.files, purpose, async () => ({
    proposal: JSON.stringify((await propose(model, backend, probe, signal)) ?? null),
  }));
  const found: Proposal | null = JSON.parse(proposal);
  return found ? open(found) : model;
}

async function propose(
  model: OpenModel,
  backend: Backend,
  probe: Probe,
  signal: AbortSignal,
): Promise<Proposal | undefined> {
  const best = await mostPlausibleInput(model, backend, probe, signal);
  if (!best) return undefined;
  const evidence = `${best.name}: of the usual ones, this brings the input of the batch norms nearest to what they saw in training (divergence ${best.score.all.toPrecision(2)})`;
  return { ...best.normalisation, evidence };
}
