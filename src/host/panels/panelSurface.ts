import type * as vscode from "vscode";
import type { WorkSurface } from "../computeService.ts";

/** A panel as the place where its work can be watched. */
export function surfaceOf(panel: vscode.WebviewPanel): WorkSurface {
  return {
    get visible() {
      return panel.visible;
    },
    reveal: () => panel.reveal(),
  };
}
