import { basename, isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import { Failure } from "../../core/failure.ts";
import type { Report } from "../../core/report/report.ts";
import { compare, inspect } from "../../protocol/compute.ts";
import type { AskOptions, ComputeService } from "../computeService.ts";
import { comparisonTitle } from "../modelNames.ts";
import { compareRequest } from "../panels/compareRequest.ts";
import { newQuestion } from "../question.ts";

/** What an agent may ask of us, by the schemas in `package.json`; it is told what the command line would print. */

export interface CompareInput {
  /** Absolute paths, or paths in the first folder of the workspace. */
  readonly checkpoints: readonly string[];
  readonly samples?: number;
}

export interface InspectInput {
  readonly checkpoint: string;
}

type Compute = Pick<ComputeService, "engine" | "request">;

export function registerAgentTools(compute: Compute): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.lm.registerTool("likeness_compare", compareTool(compute)),
    vscode.lm.registerTool("likeness_inspect", inspectTool(compute)),
  );
}

function compareTool(compute: Compute): vscode.LanguageModelTool<CompareInput> {
  return {
    prepareInvocation: ({ input: { checkpoints } }) => ({
      invocationMessage: vscode.l10n.t("Comparing {0}", comparisonTitle(checkpoints)),
      confirmationMessages: {
        title: vscode.l10n.t("Compare Checkpoints"),
        message: vscode.l10n.t(
          "Run {0} on this machine, and tell the language model how alike their layers are?",
          checkpoints.map((path) => basename(path)).join(", "),
        ),
      },
    }),
    invoke: ({ input: { checkpoints, samples } }, token) => {
      if (checkpoints.length < 2) throw new Failure("compare/one-model", "A comparison takes two checkpoints or more.");
      const files = checkpoints.map(absolute);
      const question = {
        ...newQuestion(files.map(vscode.Uri.file), () => undefined),
        ...(samples !== undefined && { samples }),
      };
      const request = compareRequest(question, compute.engine());
      const title = vscode.l10n.t("Comparing {0}", comparisonTitle(files));
      return answer(token, (signal) => compute.request(compare, request, { title, signal }));
    },
  };
}

function inspectTool(compute: Compute): vscode.LanguageModelTool<InspectInput> {
  return {
    prepareInvocation: ({ input: { checkpoint } }) => ({
      invocationMessage: vscode.l10n.t("Reading {0}", basename(checkpoint)),
    }),
    invoke: ({ input: { checkpoint } }, token) => {
      const params = { model: { path: absolute(checkpoint) }, digest: false };
      return answer(token, (signal) => compute.request(inspect, params, { signal }));
    },
  };
}

/** The summary of what was asked for; the agent hears of a failure in the words that a user would. */
async function answer(
  token: vscode.CancellationToken,
  ask: (signal: NonNullable<AskOptions["signal"]>) => Promise<Report>,
): Promise<vscode.LanguageModelToolResult> {
  const stop = new AbortController();
  const listening = token.onCancellationRequested(() => stop.abort());
  try {
    const report = await ask(stop.signal);
    // Loaded when it is needed: its tables of colours would cost every start of the editor 5 ms.
    const { reportSummary } = await import("../../core/report/summary.ts");
    const text = reportSummary(report, { colour: false, width: 160 });
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
  } finally {
    listening.dispose();
  }
}

function absolute(path: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return isAbsolute(path) || folder === undefined ? path : join(folder, path);
}
