import assert from "node:assert/strict";
import * as vscode from "vscode";
import { type Case, closeTabs, eventually, file, tab } from "./harness.ts";

export const commandCases: Record<string, Case> = {
  "Show Checkpoint Summary opens the custom editor": async () => {
    await vscode.commands.executeCommand("likeness.inspect", file("ears-seed0.onnx"));
    await tab("ears-seed0.onnx", "likeness.checkpoint");
    await closeTabs();
  },

  "a checkpoint opens in the custom editor by itself": async () => {
    await vscode.commands.executeCommand("vscode.open", file("tail-seed0.onnx"));
    await tab("tail-seed0.onnx", "likeness.checkpoint");
    await closeTabs();
  },

  "Compare Checkpoints opens one panel for two files, and reveals it the second time": async () => {
    const files = [file("ears-seed0.onnx"), file("tail-seed0.onnx")];
    await vscode.commands.executeCommand("likeness.compare", files[0], files);
    await tab("ears-seed0 × tail-seed0", "likeness.comparison");
    await vscode.commands.executeCommand("likeness.compare", files[0], files);
    await tab("ears-seed0 × tail-seed0", "likeness.comparison");
    const panels = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
    assert.equal(panels.filter(({ label }) => label === "ears-seed0 × tail-seed0").length, 1);
    await closeTabs();
  },

  "what is no checkpoint in a selection is left out": async () => {
    const files = [file("ears-seed0.onnx"), file("README.md"), file("ears-seed1.onnx")];
    await vscode.commands.executeCommand("likeness.compare", files[0], files);
    await tab("ears-seed0 × ears-seed1", "likeness.comparison");
    await closeTabs();
  },

  "Copy as Command Line puts the question on the clipboard": async () => {
    const models = ["ears-seed0.onnx", "tail-seed0.onnx"].map((name) => ({ path: file(name).fsPath }));
    const question = { models, samples: 64, batch: 128, estimator: "auto", measures: ["all"] };
    await vscode.env.clipboard.writeText("");
    await vscode.commands.executeCommand("likeness.copyCommandLine", { question });
    const text = await vscode.env.clipboard.readText();
    assert.match(text, /^likeness compare \S*ears-seed0\.onnx \S*tail-seed0\.onnx .*--samples 64/);
  },

  "a saved report opens as a report": async () => {
    const report = file("empty.likeness.json");
    await vscode.workspace.fs.writeFile(report, Buffer.from("{}"));
    await vscode.commands.executeCommand("vscode.open", report);
    await tab("empty.likeness.json", "likeness.report");
    await closeTabs();
  },

  "Open Sample Comparison opens the sample's panel": async () => {
    await vscode.commands.executeCommand("likeness.openSample");
    await eventually("the panel", () =>
      vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).some(({ label }) => label === "ears-seed0 × tail-seed0"),
    );
    await closeTabs();
  },
};
