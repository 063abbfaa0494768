import * as vscode from "vscode";
import { type Case, closeTabs, file, tab } from "./harness.ts";

export const baselineCases: Record<string, Case> = {
  "files are compared with the baseline, which is the first side": async () => {
    await vscode.commands.executeCommand("likeness.selectBaseline", file("tail-seed1.onnx"));
    await vscode.commands.executeCommand("likeness.compareWithBaseline", file("ears-seed1.onnx"));
    await tab("tail-seed1 × ears-seed1", "likeness.comparison");
    await closeTabs();
  },

  "a baseline that is renamed stays one": async () => {
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(file("tail-seed1.onnx"), file("renamed.onnx"));
    await vscode.workspace.applyEdit(edit);
    await vscode.commands.executeCommand("likeness.compareWithBaseline", file("ears-seed0.onnx"));
    await tab("renamed × ears-seed0", "likeness.comparison");
    await closeTabs();
    await vscode.commands.executeCommand("likeness.clearBaseline");
  },
};
