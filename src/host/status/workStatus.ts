import * as vscode from "vscode";
import type { ComputeService, Work } from "../computeService.ts";
import { Disposables } from "../disposables.ts";
import { stateOfWork } from "./stateOfWork.ts";

/** The status bar item, there only while work runs; a click shows the work or cancels it. */
export class WorkStatus implements vscode.Disposable {
  private readonly compute: ComputeService;
  private readonly disposables = new Disposables();
  private readonly item: vscode.StatusBarItem;

  constructor(compute: ComputeService) {
    this.compute = compute;
    this.item = this.disposables.add(
      vscode.window.createStatusBarItem("likeness.work", vscode.StatusBarAlignment.Left, 10),
    );
    this.item.name = vscode.l10n.t("Likeness: Running Work");
    this.item.command = "likeness.showWork";
    this.disposables.add(compute.onDidChangeWork(() => this.update()));
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private update(): void {
    const [first, ...others] = this.compute.work;
    if (first === undefined) {
      this.item.hide();
      return;
    }
    const text = stateOfWork(first);
    const more = others.length === 0 ? "" : ` +${others.length}`;
    this.item.text = `$(loading~spin) Likeness: ${text}${more}`;
    this.item.tooltip = this.compute.work.map(describe).join("\n");
    this.item.accessibilityInformation = { label: `Likeness: ${first.title}, ${text}`, role: "button" };
    this.item.show();
  }
}

function describe(work: Work): string {
  return `${work.title}: ${stateOfWork(work)}`;
}
