import * as vscode from "vscode";
import { store } from "../../protocol/compute.ts";
import type { ComputeService } from "../computeService.ts";
import { stateOfWork } from "../status/stateOfWork.ts";

/** Empties the Gram store, after it has said how large it is and has been told to. */
export async function clearStore(compute: ComputeService): Promise<void> {
  const folder = { store: compute.store };
  const bytes = await compute.request(store, { ...folder, clear: false });
  if (bytes === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("No Grams are stored."));
    return;
  }
  const clear = vscode.l10n.t("Clear");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("Clear the stored Grams?"),
    {
      modal: true,
      detail: vscode.l10n.t(
        "They take {0}. Comparisons that are asked again will run their networks again.",
        fileSize(bytes),
      ),
    },
    clear,
  );
  if (answer !== clear) return;
  await compute.request(store, { ...folder, clear: true });
  void vscode.window.showInformationMessage(vscode.l10n.t("{0} of stored Grams were cleared.", fileSize(bytes)));
}

/** Ends the compute process, whatever it is doing. */
export function restartCompute(compute: ComputeService): void {
  compute.restart();
  void vscode.window.showInformationMessage(
    vscode.l10n.t("The compute process was ended. The next request starts another."),
  );
}

/** Lists what runs: to go to where it is seen, or to cancel it. */
export async function showWork(compute: ComputeService): Promise<void> {
  const items = compute.work.flatMap((work) => {
    const description = stateOfWork(work);
    const { surface } = work;
    const show = { label: `$(eye) ${work.title}`, description, act: () => surface?.reveal() };
    const cancel = { label: `$(close) ${vscode.l10n.t("Cancel: {0}", work.title)}`, act: () => work.cancel() };
    return surface === undefined ? [cancel] : [show, cancel];
  });
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t("Running work") });
  chosen?.act();
}

/** A size for people: `2 KB`, `3.4 MB`, in powers of 1000 as file managers count. */
export function fileSize(bytes: number): string {
  if (bytes < 999_500) return `${Math.max(1, Math.round(bytes / 1e3))}\u00a0KB`;
  return bytes < 999.95e6 ? `${(bytes / 1e6).toFixed(1)}\u00a0MB` : `${(bytes / 1e9).toFixed(1)}\u00a0GB`;
}
