import * as vscode from "vscode";
import type { ComputeService, Work } from "../computeService.ts";
import { fractionDone, stateOfWork } from "./stateOfWork.ts";

/** Milliseconds after which work that nobody sees is worth a notification. */
const patience = 2000;

/** Shows work that no visible surface shows, as a notification with progress and Cancel. */
export class WorkNotifications implements vscode.Disposable {
  private readonly compute: ComputeService;
  private readonly shown = new Set<Work>();
  private readonly listening: vscode.Disposable;

  constructor(compute: ComputeService) {
    this.compute = compute;
    this.listening = compute.onDidChangeWork(() => {
      for (const work of compute.work) {
        if (!isSeen(work) && !this.shown.has(work) && Date.now() - work.started >= patience) void this.show(work);
      }
    });
  }

  dispose(): void {
    this.listening.dispose();
  }

  private async show(work: Work): Promise<void> {
    this.shown.add(work);
    const location = vscode.ProgressLocation.Notification;
    await vscode.window.withProgress({ location, title: work.title, cancellable: true }, (progress, token) => {
      token.onCancellationRequested(() => work.cancel());
      return new Promise<void>((resolve) => {
        let last = 0;
        const following = this.compute.onDidChangeWork(() => {
          if (isSeen(work) || !this.compute.work.includes(work)) {
            following.dispose();
            return resolve();
          }
          const percent = (fractionDone(work) ?? 0) * 100;
          progress.report({ message: stateOfWork(work), increment: Math.max(0, percent - last) });
          last = Math.max(last, percent);
        });
      });
    });
    this.shown.delete(work);
  }
}

function isSeen({ surface }: Work): boolean {
  return surface?.visible ?? false;
}
