import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import * as vscode from "vscode";
import { Disposables } from "../disposables.ts";
import { SettledFiles } from "../editors/settledFiles.ts";
import type { RecentComparison, RecentComparisons } from "./recentComparisons.ts";

/** What became of a comparison's checkpoints since it was finished. */
export type FilesSince = "same" | "changed" | "missing";

export async function filesSince({ question, finished }: RecentComparison): Promise<FilesSince> {
  const times = await Promise.all(
    question.models.map(({ path }) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => undefined,
      ),
    ),
  );
  if (times.includes(undefined)) return "missing";
  return times.some((time) => time !== undefined && time > finished) ? "changed" : "same";
}

/** Tells when checkpoints of the recent comparisons were written anew. The disk is watched only while that is seen. */
export class RecentFiles implements vscode.Disposable {
  private readonly recent: RecentComparisons;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly listening: vscode.Disposable;
  private watching: vscode.Disposable | undefined;
  private isSeen = false;

  constructor(recent: RecentComparisons) {
    this.recent = recent;
    this.listening = recent.onDidChange(() => this.watch());
  }

  /** Says whether anyone sees what changes. */
  seen(isSeen: boolean): void {
    this.isSeen = isSeen;
    this.watch();
    // What happened meanwhile.
    if (isSeen) this.changed.fire();
  }

  dispose(): void {
    this.listening.dispose();
    this.watching?.dispose();
    this.changed.dispose();
  }

  private watch(): void {
    this.watching?.dispose();
    this.watching = this.isSeen ? this.newWatch() : undefined;
  }

  private newWatch(): vscode.Disposable {
    const paths = new Set(this.recent.all.flatMap(({ question }) => question.models.map(({ path }) => path)));
    const watch = new Disposables();
    const files = watch.add(new SettledFiles(() => this.changed.fire()));
    const touched = ({ fsPath }: vscode.Uri): void => {
      if (paths.has(fsPath)) void files.touched(fsPath);
    };
    for (const path of paths) void files.look(path);
    for (const folder of new Set([...paths].map((path) => dirname(path)))) {
      const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), "*");
      const watcher = watch.add(vscode.workspace.createFileSystemWatcher(pattern));
      for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) watch.add(event(touched));
    }
    return watch;
  }
}
