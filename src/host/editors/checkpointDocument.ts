import { dirname } from "node:path";
import * as vscode from "vscode";
import { Failure } from "../../core/failure.ts";
import type { ArchitectureChoices } from "../architecture/architectureChoices.ts";
import type { ComputeService } from "../computeService.ts";
import { Disposables } from "../disposables.ts";
import { CheckpointModel } from "./checkpointModel.ts";
import { SettledFiles } from "./settledFiles.ts";

/** A checkpoint that is open in one editor or several. It is read again when its file was written anew. */
export class CheckpointDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly model: CheckpointModel;
  private readonly disposables = new Disposables();
  private readonly files: SettledFiles;

  constructor(
    uri: vscode.Uri,
    compute: Pick<ComputeService, "request">,
    architectures: Pick<ArchitectureChoices, "of" | "onDidChange">,
  ) {
    this.uri = uri;
    const { fsPath } = uri;
    this.model = this.disposables.add(new CheckpointModel(fsPath, compute, () => architectures.of(fsPath)));
    this.disposables.add(
      architectures.onDidChange(() => {
        if (architectures.of(fsPath) !== this.model.choice.architecture) void this.read();
      }),
    );
    this.files = this.disposables.add(new SettledFiles(() => void this.read()));
    if (uri.scheme === "file") this.watch();
  }

  /** Reads the file, or says why it cannot be. */
  async read(): Promise<void> {
    const { scheme, fsPath } = this.uri;
    if (scheme !== "file") {
      const message = vscode.l10n.t("{0} is not a file on this machine.", this.uri.toString());
      const hint = vscode.l10n.t("Save a copy of it in a folder, and open that.");
      this.model.refuse(new Failure("editor/not-a-file", message, { hint }));
      return;
    }
    await this.files.look(fsPath);
    await this.model.read(this.model.choice.weights);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private watch(): void {
    const { fsPath } = this.uri;
    const folder = new vscode.RelativePattern(vscode.Uri.file(dirname(fsPath)), "*");
    const watcher = this.disposables.add(vscode.workspace.createFileSystemWatcher(folder));
    const touched = (file: vscode.Uri): void => {
      // Weights that are missing, or cut off, may be in any file of the folder.
      const concernsUs = file.fsPath === fsPath || this.model.state.status.kind === "failed";
      if (concernsUs) void this.files.touched(file.fsPath);
    };
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) {
      this.disposables.add(event(touched));
    }
  }
}
