import * as vscode from "vscode";
import type { ComputeService, Work } from "../computeService.ts";
import { fractionDone, percentDone, stateOfWork } from "./stateOfWork.ts";

/** Milliseconds after which work that nobody sees is worth a notification. */
const patience = 2000;
/** Milliseconds between two looks at who sees what: a native call may last, and nothing is heard meanwhile. */
const pause = 500;

/** Shows work that no visible surface shows, as a notification with progress and Cancel. */
export class WorkNotifications implements vscode.Disposable {
  private readonly compute: ComputeService;
  /** What brings a notification up to date, or ends it. */
  private readonly shown = new Map<Work, () => void>();
  private readonly listening: vscode.Disposable;
  private looking: NodeJS.Timeout | undefined;

  constructor(compute: ComputeService) {
    this.compute = compute;
    this.listening = compute.onDidChangeWork(() => {
      if (compute.work.length > 0) this.looking ??= setInterval(() => this.look(), pause);
      else this.stop();
    });
  }

  dispose(): void {
    this.listening.dispose();
    this.stop();
  }

  private stop(): void {
    clearInterval(this.looking);
    this.looking = undefined;
    this.look();
  }

  private look(): void {
    for (const update of this.shown.values()) update();
    for (const work of this.compute.work) {
      const isDue = Date.now() - work.started >= patience;
      if (isDue && !isSeen(work) && !this.shown.has(work)) this.show(work);
    }
  }

  private show(work: Work): void {
    const location = vscode.ProgressLocation.Notification;
    // Until the editor has made the notification.
    this.shown.set(work, () => {});
    void vscode.window.withProgress({ location, title: work.title, cancellable: true }, (progress, token) => {
      token.onCancellationRequested(() => work.cancel());
      return new Promise<void>((resolve) => {
        let last = 0;
        const update = (): void => {
          if (isSeen(work) || !this.compute.work.includes(work)) {
            this.shown.delete(work);
            resolve();
            return;
          }
          const percent = (fractionDone(work) ?? 0) * 100;
          progress.report({ message: percentDone(work) ?? stateOfWork(work), increment: Math.max(0, percent - last) });
          last = Math.max(last, percent);
        };
        this.shown.set(work, update);
        update();
      });
    });
  }
}

function isSeen({ surface }: Work): boolean {
  return surface?.visible ?? false;
}
