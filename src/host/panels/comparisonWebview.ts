import * as vscode from "vscode";
import type { ComparisonIntent, ComparisonState, OpenPair } from "../../protocol/view.ts";
import { Disposables } from "../disposables.ts";
import { openCheckpoint } from "../places.ts";
import { webviewHtml, webviewOptions } from "../webviewHtml.ts";
import { copy } from "./clipboard.ts";

/** What a comparison's page is shown and answered by. */
export interface ComparisonSource {
  readonly state: ComparisonState | undefined;
  /** Takes an intent of the view that is neither `ready` nor served for every comparison alike. */
  take(intent: ComparisonIntent): void;
}

/** What every comparison does alike, whether it runs or was saved. */
export interface SharedActions {
  export(state: ComparisonState, intent: Extract<ComparisonIntent, { type: "export" }>): void;
  showLog(): void;
}

/** The page of a comparison in its panel or editor. A page that was hidden is another one: it gets the last state again. */
export class ComparisonWebview implements vscode.Disposable {
  readonly panel: vscode.WebviewPanel;
  private readonly source: ComparisonSource;
  private readonly actions: SharedActions;
  private readonly disposables = new Disposables();
  private isReady = false;
  /** What a page that is not ready yet has missed. */
  private opening: OpenPair | undefined;

  constructor(panel: vscode.WebviewPanel, extensionUri: vscode.Uri, source: ComparisonSource, actions: SharedActions) {
    this.panel = panel;
    this.source = source;
    this.actions = actions;
    panel.webview.options = webviewOptions(extensionUri);
    this.disposables.add(panel.webview.onDidReceiveMessage((intent: ComparisonIntent) => this.take(intent)));
    this.disposables.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.isReady = false;
      }),
    );
    this.disposables.add(panel.onDidDispose(() => this.dispose()));
    panel.webview.html = webviewHtml(panel.webview, extensionUri, "comparison");
  }

  get state(): ComparisonState | undefined {
    return this.source.state;
  }

  /** Shows the source's state, where anyone looks. */
  show(): void {
    const { state } = this.source;
    if (state !== undefined && this.isReady) void this.panel.webview.postMessage(state);
  }

  /** Shows the detail of a pair of layers. */
  openPair(row: number, column: number): void {
    this.opening = { type: "openPair", row, column };
    if (this.isReady) this.sendOpening();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private take(intent: ComparisonIntent): void {
    const { state } = this;
    switch (intent.type) {
      case "ready":
        this.isReady = true;
        this.show();
        this.sendOpening();
        return;
      case "export":
        if (state !== undefined) this.actions.export(state, intent);
        return;
      case "copyCommandLine":
        if (state !== undefined) void copy(state.commandLine);
        return;
      case "openModel":
        void openCheckpoint(vscode.Uri.file(intent.path));
        return;
      case "showLog":
        this.actions.showLog();
        return;
      default:
        this.source.take(intent);
    }
  }

  private sendOpening(): void {
    if (this.opening !== undefined) void this.panel.webview.postMessage(this.opening);
    this.opening = undefined;
  }
}
