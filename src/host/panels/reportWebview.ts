import * as vscode from "vscode";
import type { Report } from "../../core/report/report.ts";
import type { ModelQuestion, ReportIntent } from "../../protocol/view.ts";
import { Disposables } from "../disposables.ts";
import { openCheckpoint } from "../places.ts";
import { type WebviewPage, webviewHtml, webviewOptions } from "../webviewHtml.ts";
import { copy } from "./clipboard.ts";

/** As much of a panel's state as is served for all of them alike. */
export interface ReportState {
  readonly question: { readonly models: readonly ModelQuestion[] };
  readonly report?: Report;
  readonly commandLine: string;
}

/** What a report's page is shown and answered by. */
export interface ReportSource<State extends ReportState = ReportState, Intent = never> {
  readonly state: State | undefined;
  /** Takes an intent of the view that is not served for every report alike. */
  take(intent: Intent): void;
}

/** What every report does alike, whether it runs or was saved. */
export interface SharedActions {
  export(state: ReportState, intent: Extract<ReportIntent, { type: "export" }>): void;
  showLog(): void;
}

export interface ReportWebviewOptions {
  readonly page: WebviewPage;
  readonly extensionUri: vscode.Uri;
  readonly actions: SharedActions;
  /** What the page may read besides its own files. */
  readonly folders?: readonly vscode.Uri[];
}

/** The page of a report in its panel or editor. A page that was hidden is another one: it gets the last state again. */
export class ReportWebview<State extends ReportState = ReportState, Intent extends { readonly type: string } = never>
  implements vscode.Disposable
{
  readonly panel: vscode.WebviewPanel;
  private readonly source: ReportSource<State, Intent>;
  private readonly actions: SharedActions;
  private readonly disposables = new Disposables();
  private isReady = false;
  /** What a page that is not ready yet has missed, besides its state. */
  private missed: unknown;

  constructor(
    panel: vscode.WebviewPanel,
    source: ReportSource<State, Intent>,
    { page, extensionUri, actions, folders = [] }: ReportWebviewOptions,
  ) {
    this.panel = panel;
    this.source = source;
    this.actions = actions;
    panel.webview.options = webviewOptions(extensionUri, folders);
    this.disposables.add(panel.webview.onDidReceiveMessage((intent: ReportIntent | Intent) => this.take(intent)));
    this.disposables.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.isReady = false;
      }),
    );
    this.disposables.add(panel.onDidDispose(() => this.dispose()));
    panel.webview.html = webviewHtml(panel.webview, extensionUri, page);
  }

  get state(): State | undefined {
    return this.source.state;
  }

  /** Shows the source's state, where anyone looks. */
  show(): void {
    const { state } = this.source;
    if (state !== undefined && this.isReady) void this.panel.webview.postMessage(state);
  }

  /** Tells the page something besides its state, now or as soon as it can hear it. */
  tell(message: unknown): void {
    this.missed = message;
    if (this.isReady) this.tellMissed();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private take(intent: ReportIntent | Intent): void {
    const { state } = this;
    if (!isShared(intent)) {
      this.source.take(intent);
      return;
    }
    switch (intent.type) {
      case "ready":
        this.isReady = true;
        this.show();
        this.tellMissed();
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
    }
  }

  private tellMissed(): void {
    if (this.missed !== undefined) void this.panel.webview.postMessage(this.missed);
    this.missed = undefined;
  }
}

const shared: ReadonlySet<string> = new Set<ReportIntent["type"]>([
  "ready",
  "export",
  "copyCommandLine",
  "openModel",
  "showLog",
]);

function isShared<Intent extends { readonly type: string }>(intent: ReportIntent | Intent): intent is ReportIntent {
  return shared.has(intent.type);
}
