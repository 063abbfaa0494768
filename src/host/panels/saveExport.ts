import { dirname } from "node:path";
import * as vscode from "vscode";
import { failureRecord } from "../../core/failure.ts";
import type { Report } from "../../core/report/report.ts";
import type { ExportFormat } from "../../protocol/view.ts";
import { comparisonTitle } from "../modelNames.ts";
import { exportedFile, exportedTables, exportName, pictureNames, picturesBeside } from "./exportFiles.ts";
import type { ReportState } from "./reportWebview.ts";

interface FileKind {
  readonly name: string;
  readonly ending: string;
  /** What the dialog knows of the ending: to one of two parts it would add its own. */
  readonly filter: string;
}

const kinds: Readonly<Record<Exclude<ExportFormat, "csv">, FileKind>> = {
  png: { name: "PNG picture", ending: "png", filter: "png" },
  svg: { name: "SVG picture", ending: "svg", filter: "svg" },
  json: { name: "Likeness report", ending: "likeness.json", filter: "json" },
  html: { name: "HTML report", ending: "html", filter: "html" },
};

/** Asks where to, writes, and says so. What goes wrong is told in a message. */
export async function saveExport(
  { question, report }: ReportState,
  format: ExportFormat,
  picture: string | undefined,
  extensionUri: vscode.Uri,
): Promise<void> {
  if (report === undefined) return;
  const paths = question.models.map(({ path }) => path);
  const name = exportName(comparisonTitle(paths));
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(dirname(paths[0] ?? "/"));
  try {
    const written =
      format === "csv"
        ? await saveTables(report, folder, name)
        : await saveFile(report, format, picture, vscode.Uri.joinPath(folder, name), extensionUri);
    if (written !== undefined) await tell(written, format);
  } catch (error) {
    const { message, hint } = failureRecord(error);
    void vscode.window.showErrorMessage(
      vscode.l10n.t("The report was not exported. {0}", `${message} ${hint ?? ""}`.trimEnd()),
    );
  }
}

async function saveFile(
  report: Report,
  format: Exclude<ExportFormat, "csv">,
  picture: string | undefined,
  base: vscode.Uri,
  extensionUri: vscode.Uri,
): Promise<vscode.Uri | undefined> {
  const { name, ending, filter } = kinds[format];
  const read = async (file: string): Promise<string> => {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extensionUri, "dist", "webview", file));
    return new TextDecoder().decode(bytes);
  };
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t("Export {0}", name),
    defaultUri: base.with({ path: `${base.path}.${ending}` }),
    filters: { [name]: [filter] },
  });
  if (target === undefined) return undefined;
  const written = format === "json" ? await withPictures(report, target) : report;
  await vscode.workspace.fs.writeFile(target, await exportedFile(written, format, picture, read));
  return target;
}

/** A report that is opened again elsewhere takes its pictures along, in a folder beside it. */
async function withPictures(report: Report, target: vscode.Uri): Promise<Report> {
  const { inversion } = report;
  if (inversion?.images === undefined || inversion.pictures === undefined) return report;
  const from = vscode.Uri.file(inversion.images);
  const folder = target.with({ path: picturesBeside(target.path) });
  await vscode.workspace.fs.createDirectory(folder);
  for (const name of pictureNames(inversion)) {
    const copied = vscode.Uri.joinPath(folder, name);
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(from, name), copied, { overwrite: true });
  }
  return { ...report, inversion: { ...inversion, images: folder.fsPath } };
}

/** Tables are several files: they get a folder of their own in the one that is chosen. */
async function saveTables(report: Report, folder: vscode.Uri, name: string): Promise<vscode.Uri | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t("Export CSV: choose the folder that takes a folder of tables"),
      openLabel: vscode.l10n.t("Export Here"),
      defaultUri: folder,
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  if (chosen === undefined) return undefined;
  const target = vscode.Uri.joinPath(chosen, `${name} csv`);
  await vscode.workspace.fs.createDirectory(target);
  for (const [file, content] of exportedTables(report)) {
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(target, file), content);
  }
  return target;
}

async function tell(target: vscode.Uri, format: ExportFormat): Promise<void> {
  const open = format === "csv" ? vscode.l10n.t("Reveal") : vscode.l10n.t("Open");
  const where = vscode.workspace.asRelativePath(target);
  if ((await vscode.window.showInformationMessage(vscode.l10n.t("Exported to {0}.", where), open)) !== open) return;
  if (format === "csv") await vscode.commands.executeCommand("revealInExplorer", target);
  else if (format === "html") await vscode.env.openExternal(target);
  else await vscode.commands.executeCommand("vscode.open", target);
}
