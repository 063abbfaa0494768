import * as vscode from "vscode";
import type { Estimator } from "../protocol/compute.ts";

/** The user's settings, `likeness.*`. A value of the wrong kind, which a settings file may hold, counts as unset. */

/** What a new comparison is asked with. */
export interface ComparisonDefaults {
  /** Absent is what `likeness.json` says, or 512. */
  readonly samples?: number;
  readonly batch: number;
  readonly estimator: Estimator;
  /** Globs and presets; absent is the automatic choice. */
  readonly taps?: readonly string[];
}

export interface EngineSettings {
  readonly provider: string;
  /** Absent is as many as hurt nobody else. */
  readonly threads?: number;
  /** Bytes that the Gram store may take; 0 keeps nothing. */
  readonly storeLimit: number;
}

const estimators: readonly Estimator[] = ["auto", "full", "minibatch"];
const bytesPerGB = 2 ** 30;

/** The settings for comparisons of files in the folder that `resource` lies in. */
export function comparisonDefaults(resource?: vscode.Uri): ComparisonDefaults {
  const settings = vscode.workspace.getConfiguration("likeness", resource);
  const samples = wholeNumber(settings.get("samples"), 4);
  const taps = texts(settings.get("taps"));
  return {
    ...(samples !== undefined && { samples }),
    batch: wholeNumber(settings.get("batch"), 4) ?? 128,
    estimator: estimators.find((name) => name === settings.get("estimator")) ?? "auto",
    ...(taps.length > 0 && { taps }),
  };
}

export function engineSettings(): EngineSettings {
  const settings = vscode.workspace.getConfiguration("likeness");
  const provider = settings.get("provider");
  const threads = wholeNumber(settings.get("threads"), 1);
  const storeLimit = settings.get("storeLimit");
  return {
    provider: typeof provider === "string" && provider !== "" ? provider : "auto",
    ...(threads !== undefined && { threads }),
    storeLimit: (typeof storeLimit === "number" && storeLimit >= 0 ? storeLimit : 2) * bytesPerGB,
  };
}

/** Absolute path of the interpreter that was named; absent leaves it to the Python extension. */
export function pythonSetting(): string | undefined {
  const python = vscode.workspace.getConfiguration("likeness").get("python");
  return typeof python === "string" && python.trim() !== "" ? python.trim() : undefined;
}

function wholeNumber(value: unknown, least: number): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string" && item.trim() !== "") : [];
}
