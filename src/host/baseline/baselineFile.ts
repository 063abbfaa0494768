import * as vscode from "vscode";
import { Disposables } from "../disposables.ts";
import type { Baseline } from "./baseline.ts";

/**
 * Follows the baseline's file: a baseline that is renamed stays one; one that is gone stays chosen and is said to be
 * missing, because a training that rewrites `best.pt` removes it for a moment.
 */
export class BaselineFile implements vscode.Disposable {
  private readonly baseline: Baseline;
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when the file appears or disappears. */
  readonly onDidChange = this.changed.event;
  private readonly disposables = new Disposables();
  private watched: vscode.Disposable | undefined;

  constructor(baseline: Baseline) {
    this.baseline = baseline;
    this.disposables.add(this.changed);
    this.disposables.add(baseline.onDidChange(() => this.watch()));
    this.disposables.add(vscode.workspace.onDidRenameFiles(({ files }) => this.follow(files)));
    this.watch();
  }

  /** Whether the baseline is chosen and its file is there. */
  async exists(): Promise<boolean> {
    const { uri } = this.baseline;
    if (uri === undefined) return false;
    return vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
  }

  dispose(): void {
    this.watched?.dispose();
    this.disposables.dispose();
  }

  private watch(): void {
    this.watched?.dispose();
    this.watched = undefined;
    const { uri } = this.baseline;
    if (uri === undefined) return;
    const [folder, name] = [vscode.Uri.joinPath(uri, ".."), uri.path.slice(uri.path.lastIndexOf("/") + 1)];
    const watching = new Disposables();
    const watcher = watching.add(
      vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, escaped(name)), false, true, false),
    );
    watching.add(watcher.onDidCreate(() => this.changed.fire()));
    watching.add(watcher.onDidDelete(() => this.changed.fire()));
    this.watched = watching;
  }

  /** The baseline after files were renamed in the editor; a folder's contents move with it. */
  private follow(files: vscode.FileRenameEvent["files"]): void {
    const path = this.baseline.uri?.path;
    for (const { oldUri, newUri } of files) {
      if (path === oldUri.path) this.baseline.select(newUri);
      else if (path?.startsWith(`${oldUri.path}/`)) {
        this.baseline.select(newUri.with({ path: newUri.path + path.slice(oldUri.path.length) }));
      }
    }
  }
}

/** A file's name as a glob that matches nothing else. */
function escaped(name: string): string {
  return name.replace(/[*?{}[\]]/g, "[$&]");
}
