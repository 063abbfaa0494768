import { basename } from "node:path";
import * as vscode from "vscode";
import { inspectCommandLine } from "../../core/commandLine.ts";
import type { SummaryIntent, SummaryState } from "../../protocol/view.ts";
import type { ArchitectureChoices } from "../architecture/architectureChoices.ts";
import type { ComputeService } from "../computeService.ts";
import { openCheckpoint } from "../places.ts";
import { webviewHtml, webviewOptions } from "../webviewHtml.ts";
import { CheckpointDocument } from "./checkpointDocument.ts";
import { message } from "./summaryMessages.ts";

/** The file that others are compared with, if one was chosen. */
export interface BaselineChoice {
  readonly uri: vscode.Uri | undefined;
  readonly onDidChange: vscode.Event<unknown>;
}

export interface CheckpointEditorOptions {
  readonly extensionUri: vscode.Uri;
  readonly compute: Pick<ComputeService, "request">;
  readonly baseline: BaselineChoice;
  readonly architectures: Pick<ArchitectureChoices, "of" | "onDidChange">;
}

/** What a click on a checkpoint opens: a summary of what it holds. */
export class CheckpointEditor implements vscode.CustomReadonlyEditorProvider<CheckpointDocument> {
  static readonly viewType = "likeness.checkpoint";
  private readonly options: CheckpointEditorOptions;

  constructor(options: CheckpointEditorOptions) {
    this.options = options;
  }

  openCustomDocument(uri: vscode.Uri): CheckpointDocument {
    const { compute, architectures } = this.options;
    const document = new CheckpointDocument(uri, compute, architectures);
    void document.read();
    return document;
  }

  resolveCustomEditor(document: CheckpointDocument, { webview, onDidDispose }: vscode.WebviewPanel): void {
    const { extensionUri, baseline } = this.options;
    let posted: SummaryState | undefined;
    const post = (): void => {
      const state = this.stateOf(document);
      void webview.postMessage(message(posted, state));
      posted = state;
    };
    const endings = [
      { dispose: document.model.onDidChange(post) },
      baseline.onDidChange(post),
      webview.onDidReceiveMessage((intent: SummaryIntent) => {
        if (intent.type !== "ready") return this.follow(intent, document);
        posted = undefined;
        post();
      }),
    ];
    onDidDispose(() => {
      for (const ending of endings) ending.dispose();
    });
    webview.options = webviewOptions(extensionUri);
    webview.html = webviewHtml(webview, extensionUri, "summary");
  }

  private stateOf({ uri, model }: CheckpointDocument): SummaryState {
    const baseline = this.options.baseline.uri;
    if (baseline === undefined) return model.state;
    const isBaseline = baseline.toString() === uri.toString();
    return { ...model.state, ...(isBaseline ? { isBaseline } : { baseline: basename(baseline.fsPath) }) };
  }

  private follow(intent: Exclude<SummaryIntent, { type: "ready" }>, { uri, model }: CheckpointDocument): void {
    switch (intent.type) {
      case "cancel":
        model.cancel();
        break;
      case "retry":
        void model.read(model.choice.weights);
        break;
      case "selectAsBaseline":
        void vscode.commands.executeCommand("likeness.selectBaseline", uri);
        break;
      case "compareWithBaseline":
        void vscode.commands.executeCommand("likeness.compareWithBaseline", uri);
        break;
      case "compareWith":
        void vscode.commands.executeCommand("likeness.compare", uri);
        break;
      case "invertWith":
        void vscode.commands.executeCommand("likeness.invert", uri);
        break;
      case "copyCommandLine":
        void vscode.env.clipboard.writeText(
          inspectCommandLine(model.choice, process.platform === "win32" ? "powershell" : "posix"),
        );
        break;
      case "chooseArchitecture":
        void vscode.commands.executeCommand("likeness.chooseArchitecture", uri);
        break;
      case "chooseWeights":
        void model.read(intent.name);
        break;
      case "openFile":
        void openCheckpoint(vscode.Uri.file(intent.path));
        break;
      case "showLog":
        void vscode.commands.executeCommand("likeness.showLog");
        break;
    }
  }
}
