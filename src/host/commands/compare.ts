import { basename } from "node:path";
import * as vscode from "vscode";
import type { ComparisonQuestion, InversionQuestion } from "../../protocol/view.ts";
import type { ArchitectureChoices } from "../architecture/architectureChoices.ts";
import type { Baseline } from "../baseline/baseline.ts";
import type { BaselineFile } from "../baseline/baselineFile.ts";
import { newInversionQuestion, newQuestion } from "../question.ts";
import { activeCheckpoint, givenCheckpoints } from "./checkpoints.ts";
import { pickCheckpoints } from "./pickCheckpoints.ts";

/** Commands that begin a comparison; the panel does the rest. */
export interface CompareParts {
  readonly baseline: Baseline;
  readonly baselineFile: BaselineFile;
  readonly architectures: Pick<ArchitectureChoices, "of">;
  /** Shows a comparison; `anew` asks again where its numbers are there already. */
  open(question: ComparisonQuestion, anew?: boolean): void;
}

export interface InvertParts extends Pick<CompareParts, "architectures"> {
  /** Shows what each of some models uses; `anew` asks again where it is known already. */
  invert(question: InversionQuestion, anew?: boolean): void;
}

/** Compares two or more files; asks for what is missing. */
export async function compare(
  { open, architectures }: Pick<CompareParts, "open" | "architectures">,
  uri?: unknown,
  uris?: unknown,
): Promise<void> {
  const files = await twoOrMore(vscode.l10n.t("Compare Checkpoints"), uri, uris);
  if (files !== undefined) open(newQuestion(files, (path) => architectures.of(path)));
}

/** Compares what each of two or more files uses; asks for what is missing. */
export async function invert(
  { invert: open, architectures }: InvertParts,
  uri?: unknown,
  uris?: unknown,
): Promise<void> {
  const files = await twoOrMore(vscode.l10n.t("Compare What Each One Uses"), uri, uris);
  if (files !== undefined) open(newInversionQuestion(files, (path) => architectures.of(path)));
}

/** The files that a command was called with, or that are in front, and those that are chosen to make them two. */
async function twoOrMore(title: string, uri: unknown, uris: unknown): Promise<readonly vscode.Uri[] | undefined> {
  const given = givenCheckpoints(uri, uris);
  if (given.length >= 2) return given;
  const first = given[0] ?? activeCheckpoint();
  const others = await pickCheckpoints({
    title,
    placeholder:
      first === undefined
        ? vscode.l10n.t("Choose two or more checkpoints")
        : vscode.l10n.t("Choose what to compare {0} with", basename(first.fsPath)),
    least: first === undefined ? 2 : 1,
    except: first,
  });
  if (others === undefined || first === undefined) return others;
  return [first, ...others];
}

/** Compares files with the baseline, which is the first side. */
export async function compareWithBaseline(parts: CompareParts, uri?: unknown, uris?: unknown): Promise<void> {
  const baseline = await usableBaseline(parts);
  if (baseline === undefined) return;
  const active = activeCheckpoint();
  const given = givenCheckpoints(uri, uris);
  const wanted = given.length > 0 || active === undefined ? given : [active];
  const others = wanted.filter((file) => file.toString() !== baseline.toString());
  const chosen = others.length > 0 ? others : await pickOthers(baseline);
  if (chosen !== undefined) parts.open(newQuestion([baseline, ...chosen], (path) => parts.architectures.of(path)));
}

/** Makes a file the baseline. */
export async function selectBaseline({ baseline }: CompareParts, uri?: unknown): Promise<void> {
  const given = givenCheckpoints(uri, undefined)[0];
  const [file] = given ? [given] : ((await pickBaseline()) ?? []);
  if (file !== undefined) baseline.select(file);
}

/** The baseline, if it is chosen and its file is there; otherwise the user chooses another, or none. */
async function usableBaseline({ baseline, baselineFile }: CompareParts): Promise<vscode.Uri | undefined> {
  if (baseline.uri === undefined) await selectFrom(baseline);
  else if (!(await baselineFile.exists())) {
    const choose = vscode.l10n.t("Choose Another");
    const clear = vscode.l10n.t("Clear Baseline");
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t("The baseline {0} is no longer there.", baseline.uri.fsPath),
      choose,
      clear,
    );
    if (answer === clear) baseline.clear();
    if (answer !== choose || !(await selectFrom(baseline))) return undefined;
  }
  return baseline.uri;
}

async function selectFrom(baseline: Baseline): Promise<boolean> {
  const [file] = (await pickBaseline()) ?? [];
  if (file !== undefined) baseline.select(file);
  return file !== undefined;
}

async function pickBaseline(): Promise<readonly vscode.Uri[] | undefined> {
  return pickCheckpoints({
    title: vscode.l10n.t("Select as Baseline"),
    placeholder: vscode.l10n.t("Choose the checkpoint that others are compared with"),
    least: 1,
    exactlyOne: true,
  });
}

async function pickOthers(baseline: vscode.Uri): Promise<readonly vscode.Uri[] | undefined> {
  return pickCheckpoints({
    title: vscode.l10n.t("Compare with Baseline"),
    placeholder: vscode.l10n.t("Choose what to compare {0} with", basename(baseline.fsPath)),
    least: 1,
    except: baseline,
  });
}
