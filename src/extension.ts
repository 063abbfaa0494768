import { join } from "node:path";
import * as vscode from "vscode";
import { ArchitectureChoices } from "./host/architecture/architectureChoices.ts";
import { ArchitectureDesk } from "./host/architecture/architectureDesk.ts";
import { Baseline } from "./host/baseline/baseline.ts";
import { BaselineFile } from "./host/baseline/baselineFile.ts";
import { BaselineDecorations } from "./host/baseline/decorations.ts";
import { complaining } from "./host/commands/complaints.ts";
import { registerCommands } from "./host/commands/register.ts";
import { ComputeService } from "./host/computeService.ts";
import { setContextKey } from "./host/contextKeys.ts";
import { CheckpointEditor } from "./host/editors/checkpointEditor.ts";
import { Log } from "./host/log.ts";
import { AskedQuestions } from "./host/panels/askedQuestions.ts";
import { ComparisonPanels } from "./host/panels/comparisonPanels.ts";
import { InversionFolders } from "./host/panels/inversionFolders.ts";
import { InversionPanels } from "./host/panels/inversionPanels.ts";
import { comparisonOf, inversionOf } from "./host/panels/inversionQuestion.ts";
import { QuestionChanges } from "./host/panels/questionChanges.ts";
import type { SharedActions } from "./host/panels/reportWebview.ts";
import { saveExport } from "./host/panels/saveExport.ts";
import { WorkNotifications } from "./host/status/workNotifications.ts";
import { WorkStatus } from "./host/status/workStatus.ts";
import { registerAgentTools } from "./host/tools/agentTools.ts";
import { BaselineView } from "./host/views/baselineView.ts";
import { RecentComparisons } from "./host/views/recentComparisons.ts";
import { RecentFiles } from "./host/views/recentFiles.ts";
import { RecentView } from "./host/views/recentView.ts";

/** Builds the parts and ties them together. Nothing is read and nothing is started before it is asked for. */
export function activate(context: vscode.ExtensionContext): void {
  const { extensionUri, workspaceState, subscriptions } = context;
  const storage = context.storageUri ?? context.globalStorageUri;
  const log = new Log();
  const compute = new ComputeService({
    entry: context.asAbsolutePath("dist/compute.cjs"),
    store: join(storage.fsPath, "grams"),
    log,
  });
  const baseline = new Baseline(workspaceState);
  const baselineFile = new BaselineFile(baseline);
  const architectures = new ArchitectureChoices(workspaceState);
  const desk = new ArchitectureDesk({
    compute,
    script: context.asAbsolutePath("media/python/export_architecture.py"),
    memento: workspaceState,
    log: (line) => log.info(line),
  });
  const recent = new RecentComparisons(workspaceState);
  const actions: SharedActions = {
    export: (state, { format, picture }) => void saveExport(state, format, picture, extensionUri),
    showLog: () => log.show(),
  };
  const changes = new QuestionChanges(architectures, (model, take) =>
    complaining(log, async () => take(await desk.choose(model))),
  );
  const asked = new AskedQuestions(workspaceState);
  const common = { extensionUri, compute, architectures, changes, actions, asked };
  const panels: ComparisonPanels = new ComparisonPanels({
    ...common,
    invert: (question) => inversions.open(inversionOf(question)),
  });
  const inversions = new InversionPanels({
    ...common,
    folders: new InversionFolders(join(storage.fsPath, "inversions")),
    compare: (question) => panels.open(comparisonOf(question)),
  });
  const checkpointEditor = new CheckpointEditor({ extensionUri, compute, baseline, architectures });

  const recentFiles = new RecentFiles(recent);
  const recentView = vscode.window.createTreeView("likeness.recent", {
    treeDataProvider: new RecentView(recent, recentFiles),
  });
  recentFiles.seen(recentView.visible);

  const tellBaseline = (): void => setContextKey("likeness.hasBaseline", baseline.uri !== undefined);
  tellBaseline();

  subscriptions.push(
    log,
    compute,
    baseline,
    baselineFile,
    architectures,
    recent,
    baseline.onDidChange(tellBaseline),
    panels.onDidFinish(({ question, report }) => recent.add(question, report)),
    inversions.onDidFinish(({ question, report }) => recent.add(question, report)),
    panels.register(),
    inversions.register(),
    new WorkStatus(compute),
    new WorkNotifications(compute),
    registerCommands({
      baseline,
      baselineFile,
      compute,
      architectures,
      desk,
      recent,
      log,
      sample: context.asAbsolutePath("media/sample"),
      open: (question, anew) => panels.open(question, anew),
      invert: (question, anew) => inversions.open(question, anew),
    }),
    registerAgentTools(compute),
    vscode.window.registerFileDecorationProvider(new BaselineDecorations(baseline)),
    vscode.window.registerTreeDataProvider("likeness.baseline", new BaselineView(baseline, baselineFile)),
    recentFiles,
    recentView,
    recentView.onDidChangeVisibility(({ visible }) => recentFiles.seen(visible)),
    // Where a file's ending is shared with others than checkpoints, the summary is offered instead of forced.
    ...[CheckpointEditor.viewType, `${CheckpointEditor.viewType}Option`].map((viewType) =>
      vscode.window.registerCustomEditorProvider(viewType, checkpointEditor, {
        supportsMultipleEditorsPerDocument: true,
      }),
    ),
  );
}
