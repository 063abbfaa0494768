import * as vscode from "vscode";
import type { Work } from "../computeService.ts";

/** How far a piece of work is, from 0 to 1; `undefined` while that is not known. */
export function fractionDone({ progress }: Work): number | undefined {
  const { done, total } = progress ?? {};
  return done === undefined || total === undefined || total === 0 ? undefined : done / total;
}

/** Where a piece of work stands, in a few words: `Comparing 43 %`, `Waiting`. */
export function stateOfWork(work: Work): string {
  const phase = work.progress?.phase ?? vscode.l10n.t("Waiting");
  const done = percentDone(work);
  return done === undefined ? phase : `${phase} ${done}`;
}

/** `43 %`, rounded down; `undefined` while that is not known. */
export function percentDone(work: Work): string | undefined {
  const fraction = fractionDone(work);
  return fraction === undefined ? undefined : `${Math.floor(fraction * 100)}\u00a0%`;
}
