import type { FailureRecord } from "../core/failure.ts";
import type { Pooling } from "../core/graph/tap.ts";
import type { PresetId } from "../core/methods/inversion/presets.ts";
import type { ResidualCurve } from "../core/methods/inversion/residuals.ts";
import type { SeedKind } from "../core/methods/inversion/seeds.ts";
import type { Finding, ModelReport, Report } from "../core/report/report.ts";
import type { ElementStatistics } from "../core/statistics/tensorStatistics.ts";
import type { Estimate, InversionCost } from "./compute.ts";

/**
 * What crosses between the extension host and a webview. The host posts complete snapshots of the state, the view posts
 * intents; neither answers the other, so that replaying the last snapshot restores a view after it was hidden.
 */

/** Where a piece of work stands. */
export type WorkStatus =
  | {
      readonly kind: "running";
      readonly phase: string;
      readonly done?: number;
      readonly total?: number;
      readonly secondsLeft?: number;
      readonly estimate?: Estimate;
    }
  | { readonly kind: "done" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly failure: FailureRecord };

/** What a comparison was asked with, as the panel shows and edits it. */
export interface ComparisonQuestion {
  /** Absolute paths. */
  readonly models: readonly ModelQuestion[];
  /** Absolute path of the probe; absent is what `likeness.json` names, or synthetic images. */
  readonly probe?: string;
  readonly samples?: number;
  readonly batch: number;
  readonly estimator: "auto" | "full" | "minibatch";
  readonly measures: readonly string[];
}

export interface ModelQuestion {
  readonly path: string;
  /** Absolute path of what the user says tells the architecture; absent is the automatic choice. */
  readonly architecture?: string;
  /** Which of the file's weight sets, by its name; absent is the main one. */
  readonly weights?: string;
  /** What becomes of tokens; absent is what `likeness.json` says, or their mean. */
  readonly pool?: Pooling;
  /** `mean=…;std=…` or `none`; absent is the order of precedence. */
  readonly preprocess?: string;
  readonly taps?: readonly string[];
}

/** Host → comparison panel. */
export interface ComparisonState {
  readonly type: "comparison";
  readonly question: ComparisonQuestion;
  readonly status: WorkStatus;
  /** As far as it is known: cells appear with the first batch. */
  readonly report?: Report;
  /** `report` answers an earlier question: there are no numbers for the present one yet. */
  readonly isEarlier?: boolean;
  /** Ids of the measures that can be asked for. */
  readonly measures: readonly string[];
  /** The same question for a terminal. */
  readonly commandLine: string;
  /** A saved report that was opened: nothing can be run again. */
  readonly saved: boolean;
}

/** Host → comparison panel: a cell was chosen outside the view, in its native context menu. */
export interface OpenPair {
  readonly type: "openPair";
  readonly row: number;
  readonly column: number;
}

/**
 * What a cell tells the native context menu (`data-vscode-context`), and thereby the commands in it: these are called
 * with it.
 */
export interface CellContext {
  readonly webviewSection: "likenessCell";
  /** Cut, Copy and Paste have nothing to work on. */
  readonly preventDefaultContextMenuItems: true;
  /** As it is copied: `conv1 × conv2: CKA, linear, unbiased 0.8312`. */
  readonly value: string;
  readonly measure: string;
  /** Position of the pair among those of the report. */
  readonly pair: number;
  readonly row: number;
  readonly column: number;
}

/** What panels that ask a question say to the host, whatever it is about. */
export type QuestionIntent<Question> =
  | { readonly type: "cancel" }
  | { readonly type: "run"; readonly question: Question }
  /** `question` is asked with the probe that is chosen then; absent is the present one. */
  | { readonly type: "chooseProbe"; readonly question?: Question }
  /** `question` is asked with the architecture that is chosen then for one of its models, by position. */
  | { readonly type: "chooseArchitecture"; readonly model: number; readonly question?: Question };

/** What every panel with a report says to the host, saved reports included. */
export type ReportIntent =
  | { readonly type: "ready" }
  | { readonly type: "export"; readonly format: ExportFormat; readonly picture?: string }
  | { readonly type: "copyCommandLine" }
  /** A checkpoint, or the file that its architecture is from. */
  | { readonly type: "openModel"; readonly path: string }
  | { readonly type: "showLog" };

/** Comparison panel → host. */
export type ComparisonIntent =
  | ReportIntent
  | QuestionIntent<ComparisonQuestion>
  /** Asks of the same models what each one uses. */
  | { readonly type: "invert" };

/** What an inversion was asked with, as the panel shows and edits it. */
export interface InversionQuestion {
  /** `taps` is the layer that is inverted; absent is the one before the classifier. */
  readonly models: readonly ModelQuestion[];
  /** Absolute path of the probe; absent is what `likeness.json` names, or synthetic images. */
  readonly probe?: string;
  /** Targets. */
  readonly samples: number;
  readonly preset: PresetId;
  /** What follows is the preset's own where it is absent. */
  readonly seedKind?: SeedKind;
  readonly steps?: number;
  /** Look as well for images that one model takes for the targets, and another does not; absent is no. */
  readonly controversial?: true;
}

/** Host → panel of inversions. */
export interface InversionState {
  readonly type: "inversion";
  readonly question: InversionQuestion;
  readonly status: WorkStatus;
  /** As far as it is known: models one after the other, numbers with the last. */
  readonly report?: Report;
  /** `report` answers an earlier question. */
  readonly isEarlier?: boolean;
  /** `report` was computed when the panel was last open, and has been kept since. */
  readonly isKept?: boolean;
  /** By model, how the residual has fallen while it runs; `null` of a model that has not begun. */
  readonly curves: readonly (ResidualCurve | null)[];
  readonly costs?: InversionCosts;
  /** Address of the folder with the pictures that the report names, without a slash at its end; absent where it is gone. */
  readonly pictures?: string;
  /** The same question for a terminal. */
  readonly commandLine: string;
  /** A saved report that was opened: nothing can be run again. */
  readonly saved: boolean;
}

/** What presets would cost, once somebody wants to know. */
export type InversionCosts =
  | { readonly kind: "asking" }
  | { readonly kind: "known"; readonly list: readonly InversionCost[] }
  | { readonly kind: "failed"; readonly failure: FailureRecord };

/** Panel of inversions → host. */
export type InversionIntent =
  | ReportIntent
  | QuestionIntent<InversionQuestion>
  /** Asks what the presets would cost for this question. */
  | { readonly type: "costs"; readonly question: InversionQuestion }
  /** Compares the same models layer by layer. */
  | { readonly type: "compare" };

/** `picture` of the intent is the data URL of a PNG, or the text of an SVG, which only the view can draw. */
export type ExportFormat = "png" | "svg" | "csv" | "json" | "html";

/** Statistics of one tensor, in float64. */
export interface TensorStatistics extends ElementStatistics {
  readonly name: string;
}

/** Host → checkpoint summary. */
export interface SummaryState {
  readonly type: "summary";
  readonly path: string;
  readonly sizeBytes: number;
  readonly status: WorkStatus;
  /** As `inspect` gives it. */
  readonly model?: ModelReport;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly statistics: readonly TensorStatistics[];
  readonly statisticsStatus: WorkStatus;
  /** What `check` found, once it has looked; it comes last. */
  readonly findings?: readonly Finding[];
  /** Name of the baseline that a comparison would be with, if one is set and it is not this file. */
  readonly baseline?: string;
  /** This file is the baseline. */
  readonly isBaseline?: boolean;
  /** The user has said where the architecture is from, for this folder. */
  readonly isArchitectureChosen?: boolean;
}

/**
 * Host → checkpoint summary: what was read since the last message, where nothing else has changed. A view that does not
 * have exactly `from` statistics says that it is ready, and gets the whole state.
 */
export interface SummaryProgress {
  readonly type: "summaryProgress";
  readonly from: number;
  readonly statistics: readonly TensorStatistics[];
  readonly statisticsStatus: WorkStatus;
}

/** Checkpoint summary → host. */
export type SummaryIntent =
  | { readonly type: "ready" }
  | { readonly type: "cancel" }
  | { readonly type: "retry" }
  | { readonly type: "selectAsBaseline" }
  | { readonly type: "compareWithBaseline" }
  | { readonly type: "compareWith" }
  | { readonly type: "invertWith" }
  | { readonly type: "copyCommandLine" }
  | { readonly type: "chooseArchitecture" }
  /** Absent is the main one. */
  | { readonly type: "chooseWeights"; readonly name?: string }
  | { readonly type: "openFile"; readonly path: string }
  | { readonly type: "showLog" };
