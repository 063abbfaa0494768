import * as vscode from "vscode";

const stateKey = "likeness.baseline";

/** The checkpoint that others are compared with: one per workspace, remembered between sessions. */
export class Baseline implements vscode.Disposable {
  private readonly memento: vscode.Memento;
  private readonly changed = new vscode.EventEmitter<vscode.Uri[]>();
  /** Fires with the files whose part has changed: the old baseline, the new one. */
  readonly onDidChange = this.changed.event;
  private current: vscode.Uri | undefined;

  constructor(memento: vscode.Memento) {
    this.memento = memento;
    const stored = memento.get(stateKey);
    this.current = typeof stored === "string" ? vscode.Uri.parse(stored) : undefined;
  }

  get uri(): vscode.Uri | undefined {
    return this.current;
  }

  is(uri: vscode.Uri): boolean {
    return this.current?.toString() === uri.toString();
  }

  select(uri: vscode.Uri): void {
    this.replace(uri);
  }

  clear(): void {
    this.replace(undefined);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private replace(next: vscode.Uri | undefined): void {
    const before = this.current;
    this.current = next;
    void this.memento.update(stateKey, next?.toString());
    this.changed.fire([before, next].filter((uri) => uri !== undefined));
  }
}
